"""The local cloud: the product's code on one loopback endpoint, for drills and tests; never packaged."""
