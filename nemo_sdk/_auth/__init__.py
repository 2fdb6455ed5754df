"""Whose token a call is made with."""
