"""The DR Orchestration Platform: all code that is deployed. Every function loads this package first."""

import gc

# A start creates some 120,000 objects, nearly all of them for good. Scanning them costs a tenth of it, even once.
gc.set_threshold(150_000)
