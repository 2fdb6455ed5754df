"""Jobs through engines of others: stores of films, queues that deliver, killed workers."""
