"""Tools of this repository: setting up, generating the Chalice configuration, packaging, deploying."""
