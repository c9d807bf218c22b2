"""Changes in AWS: launches, terminations, steps, notices and workflow calls."""
