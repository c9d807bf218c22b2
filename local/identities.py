"""Whose an access key is, and what that identity may do; the endpoint checks each call here."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from drs_emulator.caller_rights import CallerAction
from local.aws_calls import (
    AwsCall,
    RequiredPermission,
    ResourceTags,
    permission_through_drs,
    permissions_needed_by,
)
from local.guard import HUB_ACCESS_KEY
from local.policies import Policies, Verdict, trusts
from local.project import Project
from local.workflow_engine import WORKFLOW_ACCESS_KEY

PolicyDocuments = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The caller of one AWS call. `policies` is None for an administrator, who may do everything."""

    account: str
    arn: str
    policies: Policies | None = None


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of an account, as the endpoint judges it."""

    account: str
    arn: str
    trust_policy: Mapping[str, Any]
    policies: PolicyDocuments

    @cached_property
    def judged_by(self) -> Policies:
        return Policies(self.policies)


@dataclass(frozen=True, kw_only=True)
class RoleSession:
    """Credentials of a role. Which functions may use them is noted: in AWS each assumes its roles itself."""

    role: Role
    external_id: str | None
    judged: dict[str, Verdict] = field(default_factory=dict)


class Identities:
    """Keys, functions and roles of the local cloud.

    `enforced` False lets every call of a function through (for a project that has no policies yet); the external id of
    a role is checked regardless. A key that was not issued here is refused, or is an administrator's of
    `default_account`.
    """

    def __init__(
        self,
        *,
        project: Project,
        hub_account: str,
        partition_key_of: Callable[[str], str | None],
        tags_of: ResourceTags,
        workflow_policies: PolicyDocuments,
        default_account: str | None = None,
    ) -> None:
        self._project, self.hub_account = project, hub_account
        self._default_account = default_account
        self._workflow_policies = Policies(workflow_policies)
        self._partition_key_of, self._tags_of = partition_key_of, tags_of
        self._lock = threading.Lock()
        self._administrators = {HUB_ACCESS_KEY: hub_account, WORKFLOW_ACCESS_KEY: hub_account}
        self._function_keys: dict[str, str] = {}
        self._sessions: dict[str, RoleSession] = {}
        self._roles: dict[str, Role] = {}
        self._of_functions: dict[str, Policies] = {}
        self._callers: dict[str, Identity] = {}
        # DRS asks for the same sixty rights with every server that it launches.
        self._through_drs: dict[tuple[object, ...], Verdict] = {}
        self.enforced = True
        # Refusals as (caller, action, resource), to find out what is missing in a policy.
        self.refusals: list[tuple[str, str, str]] = []
        # What was allowed, as (caller, action), to find out what a policy has for nothing.
        self.used: set[tuple[str, str]] = set()

    def add_administrator(self, access_key: str, account: str) -> None:
        self._administrators[access_key] = account

    def add_function(self, access_key: str, function: str) -> None:
        """Give a function that runs in a process of its own a key by which its calls are known."""
        self._function_keys[access_key] = function

    def add_role(self, role: Role) -> None:
        """Add a role, or replace the one with its ARN; sessions that were issued keep the former policies."""
        self._roles[role.arn] = role
        self._through_drs = {}

    def role(self, arn: str) -> Role:
        """Raises KeyError when there is no such role."""
        return self._roles[arn]

    def add_session(self, access_key: str, role_arn: str, external_id: str | None) -> None:
        """Remember credentials that AssumeRole issued."""
        with self._lock:
            self._sessions[access_key] = RoleSession(role=self._roles[role_arn], external_id=external_id)

    def may_use(self, access_key: str, function: str | None) -> Verdict:
        """Whether the function could have issued itself these credentials of a role; all others are its own.

        All functions run in one process here and share its cache of sessions, which they do not in AWS.
        """
        session = self._sessions.get(access_key)
        if session is None or function is None or not self.enforced:
            return Verdict(allowed=True, reason="the credentials are the caller's own")
        if function not in session.judged:
            session.judged[function] = self._may_assume_itself(function, session)
        return session.judged[function]

    def _may_assume_itself(self, function: str, session: RoleSession) -> Verdict:
        arn, account = self._arn_of(function), self.hub_account
        context = {"sts:ExternalId": (session.external_id,)} if session.external_id is not None else {}
        needed = RequiredPermission(action="sts:AssumeRole", resource=session.role.arn, context=context)
        verdict = self._policies_of(function).judge(needed)
        if verdict.allowed:
            self.used.add((arn, needed.action))
            verdict = trusts(
                session.role.trust_policy,
                caller_arn=arn,
                caller_account=account,
                external_id=session.external_id,
            )
        if verdict.allowed:
            return verdict
        return self._refuse(arn, needed.action, session.role.arn, verdict.reason)

    def account_of(self, access_key: str) -> str:
        """Raises LookupError for a key that was not issued here, unless there is a default account."""
        session = self._sessions.get(access_key)
        if access_key in self._function_keys:
            return self.hub_account
        account = session.role.account if session else self._administrators.get(access_key, self._default_account)
        if account is None:
            raise LookupError(f"The access key {access_key} was not issued here.")
        return account

    def is_stale(self, access_key: str) -> bool:
        """Whether these are a role's credentials that an earlier cloud issued, not this one."""
        return access_key.startswith("ASIA") and access_key not in self._sessions

    def identify(self, access_key: str, function: str | None) -> Identity:
        """Who calls; `function` is the product's function that sent the call with its own credentials, if one did.

        Raises LookupError for a key that was not issued here, unless there is a default account.
        """
        session = self._sessions.get(access_key)
        if session is not None:
            role = session.role
            return Identity(account=role.account, arn=role.arn, policies=role.judged_by)
        account = self.account_of(access_key)
        if access_key == WORKFLOW_ACCESS_KEY:
            arn = f"arn:aws:iam::{account}:role/workflow"
            return Identity(account=account, arn=arn, policies=self._workflow_policies)
        function = self._function_keys.get(access_key, function)
        if function is None:
            return Identity(account=account, arn=f"arn:aws:iam::{account}:user/administrator")
        return Identity(account=account, arn=self._arn_of(function), policies=self._policies_of(function))

    def may(self, identity: Identity, call: AwsCall) -> Verdict:
        """Whether IAM would let the call through: every action it needs, on every resource it touches."""
        if call.operation == "AssumeRole" and call.service == "sts":
            trusted = self._may_assume(identity, call)
            if not trusted.allowed:
                return self._refuse(identity.arn, "sts:AssumeRole", str(call.params.get("RoleArn")), trusted.reason)
        if identity.policies is None or not self.enforced:
            return Verdict(allowed=True, reason="nothing is enforced for this caller")
        for needed in permissions_needed_by(
            call,
            account=identity.account,
            partition_key_of=self._partition_key_of,
            tags_of=self._tags_of,
        ):
            verdict = identity.policies.judge(needed)
            if not verdict.allowed:
                return self._refuse(identity.arn, needed.action, needed.resource or "*", verdict.reason)
            self.used.add((identity.arn, needed.action))
        return Verdict(allowed=True, reason="its policies allow it")

    def remember_caller(self, identity: Identity) -> str:
        """The name by which `why_drs_may_not` knows a caller of DRS later: its ARN."""
        self._callers[identity.arn] = identity
        return identity.arn

    def why_drs_may_not(self, asked: CallerAction) -> str | None:
        """Why a caller of DRS may not do in EC2 what DRS is about to do for it; None when it may.

        A role's policies count as they are now, not as they were when the job began.
        """
        right = asked.right
        verdicts = self._through_drs  # taken before the role, so that a role that changes meanwhile leaves nothing here
        policies = self._policies_now(asked.caller)
        if policies is None or not self.enforced:
            return None
        key = (asked.caller, right.name, asked.resource, frozenset(right.tags.items()))
        verdict = verdicts.get(key)
        if verdict is None:
            verdict = verdicts[key] = policies.judge(permission_through_drs(asked))
        if verdict.allowed:
            self.used.add((asked.caller, right.action))
            return None
        return f"User: {self._refuse(asked.caller, right.action, asked.resource, verdict.reason).reason}"

    def _policies_now(self, caller_arn: str) -> Policies | None:
        """None for an administrator."""
        if caller_arn in self._roles:
            return self._roles[caller_arn].judged_by
        known = self._callers.get(caller_arn)
        return None if known is None else known.policies

    def _refuse(self, caller_arn: str, action: str, resource: str, reason: str) -> Verdict:
        self.refusals.append((caller_arn, action, resource))
        message = f"{caller_arn} is not authorized to perform: {action} on resource: {resource} because {reason}"
        return Verdict(allowed=False, reason=message)

    def _may_assume(self, identity: Identity, call: AwsCall) -> Verdict:
        role = self._roles.get(str(call.params.get("RoleArn")))
        if role is None:
            return Verdict(allowed=False, reason="there is no such role")
        return trusts(
            role.trust_policy,
            caller_arn=identity.arn,
            caller_account=identity.account,
            external_id=call.params.get("ExternalId"),
        )

    def _arn_of(self, function: str) -> str:
        """A function's role has the function's name."""
        return f"arn:aws:iam::{self.hub_account}:role/{self._project.deployed_name(function)}"

    def _policies_of(self, function: str) -> Policies:
        with self._lock:
            if function not in self._of_functions:
                file = self._project.function(function).policy_file
                exists = file is not None and file.exists()
                # No policy, no permission: a function that is missing in the configuration must fail here too.
                documents = [json.loads(file.read_text())] if file is not None and exists else []
                self._of_functions[function] = Policies(documents)
            return self._of_functions[function]
