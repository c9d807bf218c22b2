"""The REST API: one module for each subject, with a decorated view for each route."""
