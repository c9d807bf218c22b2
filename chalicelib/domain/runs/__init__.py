"""Executions, with their waves, servers and jobs."""
