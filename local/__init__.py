"""The local cloud: the product's own code on one loopback endpoint, for drills and tests; never packaged."""
