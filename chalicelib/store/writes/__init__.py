"""Every write to the tables. A write that changes a record has a condition, whose name says why it may happen."""
