"""What people ask to be done with plans, apart from starting them."""
