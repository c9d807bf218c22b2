"""Describing AWS: nothing here changes anything."""
