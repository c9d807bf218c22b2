"""Write services for configuration and syncs: groups, plans, inventory."""
