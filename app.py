"""The Chalice application: composition only."""

import gc
import os

# Loading makes many objects that live on; looking them all through again and again is a tenth of a cold start.
gc.set_threshold(50_000)

from chalice import Chalice, CognitoUserPoolAuthorizer

from chalicelib.api.rest import routes
from chalicelib.functions import data_management_handler, execution_handler, query_handler, schedules

USER_POOL_ARN = os.environ.get("USER_POOL_ARN", "arn:aws:cognito-idp:us-east-2:111122223333:userpool/us-east-2_unset")

app = Chalice(app_name="aws-drs-orchestration")
app.api.binary_types = []

app.register_blueprint(routes(CognitoUserPoolAuthorizer("users", provider_arns=[USER_POOL_ARN])))
app.register_blueprint(query_handler.functions)
app.register_blueprint(execution_handler.functions)
app.register_blueprint(data_management_handler.functions)
app.register_blueprint(schedules.functions)
