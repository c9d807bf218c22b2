"""The actions and validations of waves."""
