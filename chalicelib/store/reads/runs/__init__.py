"""Executions and their waves and servers."""
