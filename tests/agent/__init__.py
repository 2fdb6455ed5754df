"""The agent's stream."""
