"""The one way in which functions die in these tests."""

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud
from tests.workflow.crash_matrix.deaths import Deaths


@pytest.fixture
def deaths(cloud: LocalCloud) -> Iterator[Deaths]:
    with Deaths(cloud).installed() as installed:
        yield installed
