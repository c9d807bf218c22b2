"""The Chalice application: composition only."""

import os
import sys

if sys.argv[0].endswith("chalice") and sys.argv[1:2] == ["local"]:
    print("`chalice local` runs without AWS and accepts forged tokens. Use `make demo` instead.", file=sys.stderr)  # noqa: T201
    os._exit(1)  # Chalice loads the application in a thread, which an exception would end silently.

if "chalice.cli" in sys.modules:  # Chalice's command line, which is not part of what is deployed.
    from scripts.chalice_command import under_chalice

    under_chalice()

from chalice import Chalice

from chalicelib.api.refusals import answer_in_one_form
from chalicelib.api.resources import RESOURCES
from chalicelib.functions import (
    data_management_handler,
    drs_events,
    evidence_writer,
    execution_handler,
    metrics,
    query_handler,
    schedules,
)

app = Chalice(app_name="aws-drs-orchestration")
app.api.binary_types = []

app.register_middleware(answer_in_one_form, "http")
for resource in RESOURCES:
    app.register_blueprint(resource)
app.register_blueprint(query_handler.functions)
app.register_blueprint(metrics.functions)
app.register_blueprint(execution_handler.functions)
app.register_blueprint(data_management_handler.functions)
app.register_blueprint(schedules.functions)
app.register_blueprint(evidence_writer.functions)
app.register_blueprint(drs_events.functions)
