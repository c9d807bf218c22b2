"""Every write to the tables; each carries a condition whose name says why it may happen."""
