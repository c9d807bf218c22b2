"""The tasks of a wave, from its release to its end."""
