"""Acting on AWS: launches and workflow calls."""
