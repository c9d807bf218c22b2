"""Finds the servers that a plan would launch, and what would prevent it, for all sides. Writes nothing."""
