"""Waves from their release to their end."""
