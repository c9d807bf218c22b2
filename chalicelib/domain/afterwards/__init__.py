"""What follows the end of an execution: termination and failback."""
