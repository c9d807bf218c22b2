"""Actions and validations of waves."""
