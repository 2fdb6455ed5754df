"""From a prompt to a film."""
