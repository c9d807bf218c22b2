"""Recovery plans, their steps and schedules."""
