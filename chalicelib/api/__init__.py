"""The HTTP edge: routes out of the operations table."""
