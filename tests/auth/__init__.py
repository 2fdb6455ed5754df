"""Whose token is used."""
