"""What the agent's stream means, and what became of a message. No I/O."""
