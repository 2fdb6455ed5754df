"""Drafts, read."""
