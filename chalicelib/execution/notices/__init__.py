"""Timeline and notices."""
