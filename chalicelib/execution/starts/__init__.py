"""Starting executions."""
