"""The DR Orchestration Platform: all code that is deployed. Every function loads this package first."""

import gc

# Imports create many long-lived objects. Scanning them again and again costs a tenth of a cold start.
gc.set_threshold(50_000)
