"""Measurements of the product against its targets: `python -m benchmarks`. One module for each subject."""
