"""In which Regions AWS offers DRS, as far as the SDK knows."""

import functools

import boto3


@functools.cache
def regions_with_drs() -> tuple[str, ...]:
    """Regions of the standard partition that have DRS, whether or not an account has enabled them; no call to AWS."""
    return tuple(boto3.Session().get_available_regions("drs"))
