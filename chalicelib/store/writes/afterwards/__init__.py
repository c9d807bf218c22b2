"""Termination, failback, clean-up and deletion after an execution has ended."""
