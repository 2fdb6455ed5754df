"""What a client is told, by arguments and by the environment."""
