"""The Regions in which AWS offers DRS, as far as the SDK knows."""

import functools

from ...sessions import sdk_session


@functools.cache
def regions_with_drs() -> tuple[str, ...]:
    """The Regions of the standard partition that have DRS, enabled in an account or not. No call to AWS."""
    return tuple(sdk_session().get_available_regions("drs"))
