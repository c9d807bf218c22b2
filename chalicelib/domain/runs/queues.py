"""What waits for a moment, by kind: the first keys of the sparse indexes that scheduled rounds read."""

DRILL_QUEUE = "DRILLS"
"""Plans whose next drill is due."""

CLEANUP_QUEUE = "CLEANUP"
"""Drills that have ended and are to be cleaned up."""

TERMINATING_QUEUE = "TERMINATING"
"""Executions whose instances are being terminated."""

DELETING_QUEUE = "DELETING"
"""Executions whose deletion has begun, and records of starts that have not come to their end."""
