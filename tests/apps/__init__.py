"""Tests of the web applications and scripts among the examples."""
