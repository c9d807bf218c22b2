"""Deploying a stage, and what follows it: one module for each subject."""
