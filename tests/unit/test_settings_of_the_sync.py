"""Which way the inventory is synced: one function unless the stage says otherwise, and never a misspelt way."""

import pytest

from chalicelib.settings import read_settings


def test_the_inventory_is_synced_by_one_function_unless_the_stage_says_otherwise() -> None:
    assert read_settings({}).inventory_sync == "FUNCTION"
    assert read_settings({"INVENTORY_SYNC": "MAP"}).inventory_sync == "MAP"


def test_another_way_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="INVENTORY_SYNC must be one of: FUNCTION, MAP; it is 'map'"):
        read_settings({"INVENTORY_SYNC": "map"})
