"""The table of all operations and tasks.

An operation cannot be declared without a permission, so that access is denied by default. REST routes are decorated
views in ``api``.
"""

from . import (
    access,
    accounts,
    afterwards,
    configuration,
    dashboard,
    drift,
    ec2,
    estate,
    fleet,
    launch_applies,
    launch_settings,
    live,
    outgoing,
    plans,
    preflights,
    runs,
    search,
    servers,
    staging,
    syncs,
    tasks,
)
from .declaration import Operation, Task

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for subject in (
        access,
        accounts,
        estate,
        fleet,
        servers,
        ec2,
        launch_settings,
        launch_applies,
        drift,
        staging,
        syncs,
        plans,
        preflights,
        runs,
        live,
        dashboard,
        afterwards,
        configuration,
        outgoing,
        search,
    )
    for operation in subject.OPERATIONS
}

TASKS: dict[str, Task] = {task.name: task for task in tasks.TASKS}
