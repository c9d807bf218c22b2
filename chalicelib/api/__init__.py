"""The HTTP edge: one module for each subject, with a decorated view for each route."""
