"""A stage in an account and Region: its names, its clients, and what its data stack has made."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004
from botocore.session import get_session

from chalicelib.sdk_models import core_session
from chalicelib.settings import APP_NAME

STAGES = ("dev", "qa", "prod")
INTERRUPTED = 130
"""The exit code after Ctrl-C."""
NEEDED = (
    "AccessLogGroupArn",
    "ArtifactBucket",
    "AuditStreamArn",
    "GatewayLogsRoleArn",
    "TimelineStreamArn",
    "UserPoolArn",
    "UserPoolClientId",
    "UserPoolId",
)


class Refused(Exception):
    """Why nothing is done, in one sentence for the person at the terminal, with the remedy."""


@dataclass(frozen=True)
class Stage:
    """One stage. Nothing is cached over a deployment but its clients, the account and the data stack's outputs."""

    name: str
    session: Any

    @classmethod
    def of(cls, name: str, *, profile: str | None = None) -> "Stage":
        """Raises Refused for a stage that is not deployed by anyone, and without a Region or credentials."""
        if name not in STAGES:
            raise Refused(f"There is no stage {name} to deploy: name one of {', '.join(STAGES)} with --stage.")
        core = get_session()
        core.register_component("data_loader", core_session().get_component("data_loader"))
        session = boto3.session.Session(profile_name=profile, botocore_session=core)
        if not session.region_name:
            raise Refused("No Region is named: set AWS_REGION (for example AWS_REGION=us-east-2) and repeat.")
        stage = cls(name, session)
        stage.require_account(None)
        return stage

    @property
    def region(self) -> str:
        return str(self.session.region_name)

    @property
    def data_stack(self) -> str:
        return f"{APP_NAME}-data-{self.name}"

    @property
    def application_stack(self) -> str:
        return f"{APP_NAME}-{self.name}"

    @property
    def dashboard_stack(self) -> str:
        return f"{APP_NAME}-dashboard-{self.name}"

    @property
    def rest_api_name(self) -> str:
        return f"{APP_NAME}-{self.name}"

    @property
    def bucket(self) -> str:
        return self.outputs["ArtifactBucket"]

    @property
    def pool_region(self) -> str:
        """Where people sign in: the Region is part of the pool's id."""
        return self.outputs["UserPoolId"].partition("_")[0]

    @property
    def given_pool(self) -> bool:
        """Whether people are in a user pool that is not the stage's own."""
        return bool(self.parameter(self.data_stack, "UserPoolId"))

    @property
    def given_roles(self) -> bool:
        """Whether another team makes the roles of the functions, so that a deployment writes no policies."""
        return self.parameter(self.data_stack, "Roles") == "GIVEN"

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of the stage's session; the same one for every call."""
        if (service, region) not in self._clients:
            config = Config(retries={"mode": "standard", "total_max_attempts": 5})
            self._clients[service, region] = self.session.client(service, region, config=config)
        return self._clients[service, region]

    @cached_property
    def _clients(self) -> dict[tuple[str, str | None], Any]:
        return {}

    @cached_property
    def caller(self) -> Mapping[str, str]:
        """Who deploys, and to which account. Raises Refused without credentials that AWS accepts, or without AWS."""
        try:
            found = self.client("sts").get_caller_identity()
        except (ConnectionError, HTTPClientError) as error:
            raise Refused(f"AWS does not answer ({error}): look at the network and at AWS_REGION.") from error
        except (BotoCoreError, ClientError) as error:
            raise Refused(
                f"AWS does not accept the credentials ({error}): sign in, for example with `aws sso login`."
            ) from error
        return {"account": found["Account"], "arn": found["Arn"]}

    def where(self) -> str:
        """Stage, account, Region and who asks, for the person at the terminal."""
        return f"{self.name} in account {self.caller['account']}, {self.region}, as {self.caller['arn']}"

    def require_account(self, wanted: str | None) -> None:
        """Raises Refused without credentials, and for another account than the one that a person has named."""
        found = self.caller["account"]
        if wanted and found != wanted:
            raise Refused(f"The credentials are of account {found}, not of {wanted}: sign in to {wanted}.")

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the data stack. Raises Refused when it is missing, unfinished or of an earlier version."""
        stack = self.stack(self.data_stack)
        if stack is None:
            raise Refused(
                f"The stack {self.data_stack} does not exist in account {self.caller['account']}, {self.region}: "
                f"run `scripts/deploy.sh {self.name}`, which makes it first."
            )
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        missing = [name for name in NEEDED if not outputs.get(name)]
        if missing:
            raise Refused(
                f"The stack {self.data_stack} is {stack['StackStatus']} and has no output {', '.join(missing)}: "
                f"run `scripts/deploy.sh {self.name}`, which completes it."
            )
        return outputs

    def complete(self) -> bool:
        """Whether the data stack has made all that a deployment needs."""
        try:
            return bool(Stage(self.name, self.session).outputs)
        except Refused:
            return False

    def stack(self, name: str) -> Mapping[str, Any] | None:
        """A stack as CloudFormation describes it, or None."""
        try:
            stacks: list[Mapping[str, Any]] = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return stacks[0]

    def parameter(self, stack: str, name: str) -> str:
        """The value that a stack has for a parameter; empty when there is neither."""
        given = (self.stack(stack) or {}).get("Parameters", [])
        return next((each.get("ParameterValue", "") for each in given if each["ParameterKey"] == name), "")
