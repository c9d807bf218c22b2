"""Writes the registers of places, each in the transaction of the change that it registers."""

from collections.abc import Iterable

from pynamodb.expressions.condition import Condition

from ....domain.estate.registers import PlaceRegister
from ...tables.configuration import PLACE_REGISTERS, REGISTERS, UniqueNameItem
from ...tables.estate import account_region
from ...transactions import Write, committed


def save_registers(registers: Iterable[PlaceRegister]) -> list[Write]:
    """Replaces each register by its next version; fails when another call has saved one since it was read."""
    return [_save(register) for register in registers]


def complete_register(register: PlaceRegister) -> bool:
    """Saves the next version of one register alone; False when another call has saved one since it was read."""
    return committed(_save(register))


def registers_stay(registers: Iterable[PlaceRegister]) -> list[Write]:
    """Conditions that the registers are still as they were read."""
    return [_check(register) for register in registers]


def _check(register: PlaceRegister) -> Write:
    condition = _register_is_at(register.version)
    key = account_region(register.place)
    return lambda transaction: transaction.check(UniqueNameItem, REGISTERS, key, condition=condition)


def _save(register: PlaceRegister) -> Write:
    item = PLACE_REGISTERS.to_item(register)
    condition = _register_is_at(register.version - 1)
    return lambda transaction: transaction.save(item, condition=condition)


def _register_is_at(version: int) -> Condition:
    """The register still has this version; version 0 does not exist."""
    return UniqueNameItem.version == version if version else UniqueNameItem.name_key.does_not_exist()
