"""Termination, failback, deletion and clean-up."""
