"""Get, list and query, answering with domain values; nothing here can save."""
