"""One call, made right: the token, the repeats, the connection, the exchange."""
