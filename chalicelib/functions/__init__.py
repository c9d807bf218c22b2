"""Lambda entry points, one module for each IAM identity."""
