"""Looking at a network from where the platform runs: HTTP and TCP, bounded in time and size. Standard library only."""
