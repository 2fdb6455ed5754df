"""One call, made right."""
