"""Every write to the tables. Each has a condition whose name says why it may happen."""
