"""The operations of DRS that this emulator answers, by subject; `OPERATIONS` lists all of them."""

from __future__ import annotations

from drs_emulator.operations import (
    failback,
    jobs,
    launch_actions,
    launch_configuration,
    recovery_instances,
    recovery_points,
    replication,
    replication_configuration,
    replication_templates,
    servers,
    staging,
    tags,
)
from drs_emulator.operations.call import Operation

OPERATIONS: dict[str, Operation] = {
    **servers.OPERATIONS,
    **replication.OPERATIONS,
    **recovery_points.OPERATIONS,
    **launch_configuration.OPERATIONS,
    **launch_actions.OPERATIONS,
    **replication_configuration.OPERATIONS,
    **replication_templates.OPERATIONS,
    **jobs.OPERATIONS,
    **recovery_instances.OPERATIONS,
    **failback.OPERATIONS,
    **staging.OPERATIONS,
    **tags.OPERATIONS,
}
