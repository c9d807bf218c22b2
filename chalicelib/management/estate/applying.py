"""Makes what DRS and EC2 hold for one server the launch settings that are wanted for it.

Each step begins with what is there now, so a server on which an earlier call died is simply applied again. Versions of
a launch template that were made but never became the default version are deleted with the old ones.
"""

from ...aws.actions.estate.launch_settings import (
    create_template_version,
    delete_template_versions,
    make_default_version,
    update_launch_configuration,
)
from ...aws.reads.estate.launch_settings import (
    DefaultVersion,
    list_template_versions,
    read_default_version,
    read_launch_configuration,
)
from ...domain.errors import DomainError, StateConflict, Unprocessable
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.launch_changes import changed_fields, contradiction, differing, drs_request, split
from ...domain.estate.launch_settings import LaunchSettings, settings_hash
from ...domain.estate.launch_templates import (
    changed_data,
    template_problem,
    template_settings,
    version_description,
    versions_to_delete,
)
from ...logs import logger

_ROUNDS = 3
_VERSIONS_PER_CALL = 200


def apply_to_server(account: TargetAccount, region: str, server_id: str, wanted: LaunchSettings) -> tuple[str, ...]:
    """Changes what differs, and returns the names of the changed fields; empty when nothing differed.

    DRS is changed before EC2, because DRS may write the launch template itself when its configuration changes. Costs
    two reads, and up to six more calls when something differs. Raises Unprocessable when the settings cannot be
    applied, StateConflict while others keep changing the template, and CloudError, Unavailable or OutcomeUnknown.
    """
    configuration = read_launch_configuration(account, region, server_id)
    problem = contradiction(wanted, configuration.settings)
    if problem:
        raise Unprocessable(problem)
    changes, _ = split(differing(wanted, configuration.settings))
    if changes:
        update_launch_configuration(account, region, server_id, drs_request(changes))
    return changed_fields(changes) + _apply_to_template(account, region, configuration.template_id, wanted)


def _apply_to_template(
    account: TargetAccount, region: str, template_id: str, wanted: LaunchSettings
) -> tuple[str, ...]:
    version = _require_default(account, region, template_id)
    for _ in range(_ROUNDS):
        _, changes = split(differing(wanted, LaunchSettings(**template_settings(version.data))))
        if not changes:
            return ()
        problem = template_problem(version.data, changes)
        if problem:
            raise Unprocessable(problem)
        number = create_template_version(
            account,
            region,
            template_id,
            source=version.number,
            data=changed_data(version.data, changes),
            description=version_description(settings_hash(wanted)),
        )
        # EC2 has no condition for this, so an edit within the next request would still be overtaken.
        now = _require_default(account, region, template_id)
        if now.number == version.number:
            make_default_version(account, region, template_id, number)
            _delete_old_versions(account, region, template_id)
            return changed_fields(changes)
        version = now
    raise StateConflict(
        f"The launch template {template_id} was changed by someone else {_ROUNDS} times while its settings were being "
        "applied, and was left as it is. Apply again once no one else is editing it."
    )


def _require_default(account: TargetAccount, region: str, template_id: str) -> DefaultVersion:
    version = read_default_version(account, region, template_id) if template_id else None
    if version is None:
        raise Unprocessable(
            f"Its EC2 launch template {template_id or '(none)'} does not exist. Open the launch settings of the server "
            "in the DRS console, which makes DRS create it again with defaults, then apply again."
        )
    return version


def _delete_old_versions(account: TargetAccount, region: str, template_id: str) -> None:
    """Deletes versions of ours beyond those that are kept. A failure leaves them for the next time."""
    try:
        old = versions_to_delete(list_template_versions(account, region, template_id))
        if old:
            delete_template_versions(account, region, template_id, old[:_VERSIONS_PER_CALL])
    except DomainError as error:
        place = Place(account.account_id, region)
        logger.warning(
            "old versions not deleted", extra={"place": str(place), "template": template_id, "reason": error.message}
        )
