"""The demonstration: prepares, starts and follows a drill on the local cloud through the REST API."""
