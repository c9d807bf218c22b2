"""Benchmarks of the product against its targets (`python -m benchmarks`), one module for each subject."""
