"""What comes after the end of an execution."""
