"""The local cloud: the product's own code on one loopback endpoint, for drills on a laptop and for tests; never packaged."""
