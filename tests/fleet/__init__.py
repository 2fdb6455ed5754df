"""Jobs on many machines, against a real PostgreSQL."""
