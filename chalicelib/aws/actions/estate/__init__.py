"""Changes to what is there before a run."""
