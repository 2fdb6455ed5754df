"""Tests of the bots, with their platforms' own libraries."""
