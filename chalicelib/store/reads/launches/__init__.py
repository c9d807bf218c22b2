"""Reads of what waits for launches."""
