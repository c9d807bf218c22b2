"""Decisions and interventions of people."""
