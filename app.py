"""The Chalice application: composition only."""

import gc

# Loading makes many objects that live on; looking them all through again and again is a tenth of a cold start.
gc.set_threshold(50_000)

from chalice import Chalice

from chalicelib.api.resources import RESOURCES
from chalicelib.functions import data_management_handler, execution_handler, query_handler, schedules

app = Chalice(app_name="aws-drs-orchestration")
app.api.binary_types = []

for resource in RESOURCES:
    app.register_blueprint(resource)
app.register_blueprint(query_handler.functions)
app.register_blueprint(execution_handler.functions)
app.register_blueprint(data_management_handler.functions)
app.register_blueprint(schedules.functions)
