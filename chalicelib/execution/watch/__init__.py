"""The watchdog and its repairs."""
