"""Configuration as code for pipelines: a small client of the REST API, and a simulation of plans.

Only the simulation shares code with the product, its decisions.
"""
