"""Messages to people and their subscriptions."""
