"""Launch requests and the jobs that they start."""
