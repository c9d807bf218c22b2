"""Tools of this repository: setup, generated configuration and documents, packaging and deployment."""
