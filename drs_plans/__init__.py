"""Configuration as code for pipelines: a small client of the REST API that shares no code with the product."""
