"""In which Regions AWS offers DRS, as far as the SDK knows."""

import functools

from ...sessions import new_session


@functools.cache
def regions_with_drs() -> tuple[str, ...]:
    """Regions of the standard partition that have DRS, whether or not an account has enabled them; no call to AWS."""
    return tuple(new_session().get_available_regions("drs"))
