"""Log and traces."""
