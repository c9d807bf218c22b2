"""An installation that can be emptied, because no other test uses it."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib.store.tables.settings import SettingItem
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.integration.conftest import RestClient


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    return clouds.running(speed=2.0)


@pytest.fixture
def empty(admin: RestClient) -> Iterator[Callable[[], None]]:
    """Removes every plan, group and setting, before the test and whenever it is called."""

    def remove() -> None:
        for item in list(admin.all_items("/recovery-plans")):
            assert admin("DELETE", f"/recovery-plans/{item['plan']['planId']}").status == 200
        for group in list(admin.all_items("/protection-groups")):
            assert admin("DELETE", f"/protection-groups/{group['groupId']}").status == 200
        for setting in list(SettingItem.scan()):
            setting.delete()

    remove()
    yield remove
    remove()
