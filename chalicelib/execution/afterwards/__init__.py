"""What comes after the end of an execution: termination, failback, deletion and clean-up."""
