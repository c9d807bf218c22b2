"""Values and decisions of disaster recovery; standard library and msgspec only, no input and no output."""
