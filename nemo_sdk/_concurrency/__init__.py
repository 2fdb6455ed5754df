"""What asyncio leaves to its users: shared runs, threads."""
