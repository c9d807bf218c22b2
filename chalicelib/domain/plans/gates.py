"""Which groups of a plan launch only after an approval, and whether a new version lets some launch without one."""

from collections.abc import Mapping, Sequence

from .plans import RecoveryPlan, Wave


def gated_groups(waves: Sequence[Wave]) -> dict[str, str]:
    """The groups that launch only after an approval, each with the name of its wave.

    A wave is behind a gate if it needs an approval, or if a wave that it depends on, directly or not, is behind one.
    """
    by_number = {wave.number: wave for wave in waves}
    behind: dict[int, bool] = {}
    return {
        group_id: wave.name
        for wave in waves
        if _is_behind_a_gate(wave, by_number, behind)
        for group_id in wave.group_ids
    }


def weakened_by(before: RecoveryPlan, after: RecoveryPlan) -> list[str]:
    """What a new version takes away from a plan that demands two persons, in words; empty if it takes nothing.

    A group that leaves the plan counts as well: in the version after that it could come back without an approval.
    """
    if not before.approval.two_person:
        return []
    if not after.approval.two_person:
        return ["it no longer demands two people (approval.twoPerson)"]
    kept = gated_groups(after.waves)
    lost = [(name, group_id) for group_id, name in gated_groups(before.waves).items() if group_id not in kept]
    return [f"the group {group_id} of wave '{name}' would no longer wait for an approval" for name, group_id in lost]


def _is_behind_a_gate(wave: Wave, waves: Mapping[int, Wave], behind: dict[int, bool]) -> bool:
    """Goes along the dependencies without recursion: a plan may have 200 waves in a row."""
    waiting = [wave.number]
    while waiting:
        number = waiting[-1]
        here = waves[number]
        unknown = [needed for needed in here.depends_on if needed in waves and needed not in behind]
        if unknown and not here.approval_required:
            waiting.append(unknown[0])
            continue
        behind[number] = here.approval_required or any(behind[needed] for needed in here.depends_on if needed in behind)
        waiting.pop()
    return behind[wave.number]
