"""Signed-in people who send commands as the REST function passes them on, with their own token."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from chalicelib.operations.table import OPERATIONS
from local.cloud import LocalCloud
from local.lambda_runtime import InvocationResult
from tests.workflow.drills import Refused

ADMIN, MANAGER, PLANNER, OPERATOR = (
    "DRSOrchestrationAdmin",
    "DRSRecoveryManager",
    "DRSPlanManager",
    "DRSOperator",
)
_PASSWORD = "Four-words-are-1-password"


@dataclass
class Person:
    """A user of the pool whom no other test knows."""

    cloud: LocalCloud
    role: str
    email: str = field(default_factory=lambda: f"{uuid.uuid4()}@example.com")

    def __post_init__(self) -> None:
        self._cognito = self.cloud.client("cognito-idp")
        confirmed = [{"Name": "email", "Value": self.email}, {"Name": "email_verified", "Value": "true"}]
        self.known = {"UserPoolId": self.cloud.users.pool_id, "Username": self.email}
        made = self._cognito.admin_create_user(**self.known, UserAttributes=confirmed, MessageAction="SUPPRESS")
        self.subject = str(made["User"]["Username"])
        self._cognito.admin_set_user_password(**self.known, Password=_PASSWORD, Permanent=True)
        self._cognito.admin_add_user_to_group(**self.known, GroupName=self.role)

    def token(self) -> str:
        answer = self._cognito.admin_initiate_auth(
            UserPoolId=self.cloud.users.pool_id,
            ClientId=self.cloud.users.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": self.email, "PASSWORD": _PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])

    def change_address(self) -> None:
        """Gives the person another e-mail address, which is another name in every record."""
        self.email = f"{uuid.uuid4()}@example.com"
        changed = [{"Name": "email", "Value": self.email}, {"Name": "email_verified", "Value": "true"}]
        self._cognito.admin_update_user_attributes(**self.known, UserAttributes=changed)
        self.known["Username"] = self.email

    def disable(self) -> None:
        self._cognito.admin_disable_user(**self.known)

    def lose_role(self) -> None:
        self._cognito.admin_remove_user_from_group(**self.known, GroupName=self.role)

    def leave(self) -> None:
        self._cognito.admin_delete_user(**self.known)

    def ask(self, operation: str, *, kept: str = "", **body: Any) -> Any:
        """The body of the answer to a command, or Refused. ``kept`` sends the token of an earlier sign-in."""
        handler = OPERATIONS[operation].side.handler
        result = send(self.cloud, handler, {"operation": operation, "body": body}, kept or self.token())
        assert result.function_error is None, result.payload
        if result.value["statusCode"] < 400:
            return result.value["body"]
        error = result.value["body"]["error"]
        return Refused(result.value["statusCode"], error["code"], error["message"], error["details"])


def send(cloud: LocalCloud, function: str, event: dict[str, Any], token: str) -> InvocationResult:
    """Invokes a command function: as the REST function does with a person's token, or directly without one."""
    if not token:
        return cloud.runtime.invoke(function, event)
    return cloud.runtime.invoke(function, {**event, "token": token}, arn=cloud.runtime.arn(function, qualifier="rest"))
