"""The DR Orchestration Platform: everything that is deployed."""
