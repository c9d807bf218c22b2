"""Which servers a plan would launch and what speaks against each: read and judged for all sides, never written."""
