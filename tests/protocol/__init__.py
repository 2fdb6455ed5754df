"""The service's API as values."""
