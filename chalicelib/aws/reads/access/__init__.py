"""What the user pool knows: the keys that prove its tokens, and its users."""
