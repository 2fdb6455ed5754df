"""The service's HTTP API as values: what to send, and how an answer is read. No I/O."""
