"""Values and decisions of disaster recovery; uses only the standard library and msgspec, no I/O."""
