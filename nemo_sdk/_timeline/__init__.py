"""Drafts, read: tracks, differences, pictures."""
