"""The hosts and networks that steps of plans may reach: changes of the setting, and plans that go elsewhere."""

from collections.abc import Sequence

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem, StaleVersion, require_no_problems
from ...domain.estate.settings import Setting
from ...domain.plans.outgoing import OUTGOING, OutgoingHosts, outgoing_problems, steps_that_leave, why_not_allowed
from ...domain.plans.plans import WaveContent
from ...operations.outgoing import OutgoingConfig, UpdateOutgoingHosts, outgoing_config
from ...store.reads.estate.settings import read_setting
from ...store.transactions import ConditionFailed
from ...store.writes.estate.settings import save_setting


def update_outgoing_hosts(request: UpdateOutgoingHosts, call: CallContext) -> OutgoingConfig:
    """Saves both lists. Raises InvalidRequest, or StaleVersion when they were changed meanwhile.

    Plans that name a host that is no longer allowed stay: their steps fail with the reason, and so does a save of them.
    """
    value = OutgoingHosts(hosts=request.hosts, networks=request.networks)
    require_no_problems(outgoing_problems(value))
    current = read_setting(OUTGOING, OutgoingHosts())
    setting = Setting(value, request.version + 1, call.now, call.principal.name, call.principal.person)
    if current.version != request.version:
        raise _stale(current.version, request.version)
    try:
        save_setting(OUTGOING, setting)
    except ConditionFailed as error:
        raise _stale(read_setting(OUTGOING, OutgoingHosts()).version, request.version) from error
    return outgoing_config(setting)


def host_problems_of(waves: Sequence[WaveContent], following: OutgoingHosts | None = None) -> list[FieldProblem]:
    """The steps of a plan that go to hosts that are not allowed. Reads the setting only if a step names a host.

    ``following`` is the setting by which to judge, if the same import changes it before the plan is saved.
    """
    leaving = list(steps_that_leave(waves))
    if not leaving:
        return []
    allowed = read_setting(OUTGOING, OutgoingHosts()).value if following is None else following
    return [FieldProblem(field, problem) for field, host in leaving if (problem := why_not_allowed(host, allowed))]


def _stale(current: int, based_on: int) -> StaleVersion:
    return StaleVersion(
        f"The allowed hosts are now at version {current}, but your change is based on version {based_on}. Nothing was "
        "saved. Read them again and repeat your change.",
        currentVersion=current,
    )
