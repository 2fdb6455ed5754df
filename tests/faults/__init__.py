"""Whole generations while things go wrong on purpose: `python -m tests.faults` prints figures."""
