"""Probes the network from where the platform runs, with HTTP and TCP, limited in time and size.

Uses the standard library only.
"""
