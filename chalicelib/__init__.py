"""The DR Orchestration Platform: all code that is deployed."""
