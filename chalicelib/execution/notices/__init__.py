"""The timeline and its notices."""
