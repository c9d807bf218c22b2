"""Saves moto work that changes no answer; with thousands of items most of its time went into it.

Most expensive are: listing its own folder and the methods of a class for each request, listing all services of the SDK
for each one that is used, deriving the names under which an object may hold a member for each object, comparing the
path of each attribute with everything that is transformed anywhere, validating each name in XML, and computing the same
private key for each user pool.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from moto import backends
from moto.cognitoidp import models as cognito
from moto.core import loaders, responses, utils
from moto.core.serialize import AttributePicker, AttributePickerContext, XFormedAttributePicker

from chalicelib.sdk_models import FastFiles, core_session

_list_modules = backends.list_of_moto_modules
_MISSING = object()

_derive_keys = AttributePicker.get_possible_keys
_derive_keys_in_two_cases = XFormedAttributePicker.get_possible_keys
_xmltodict: Any = import_module("xmltodict")
_validate_name = _xmltodict._validate_name  # noqa: SLF001
_RSAKey = vars(cognito)["jwk"].RSAKey


def spare_moto_needless_work() -> None:
    """From now on, for the whole process. Safe to repeat."""
    vars(backends)["list_of_moto_modules"] = _modules
    picker: Any = AttributePicker
    picker.get_possible_keys = _possible_keys
    picker.__call__ = _pick
    vars(_xmltodict)["_validate_name"] = functools.lru_cache(maxsize=16384)(_validate_name)
    snake_case_picker: Any = XFormedAttributePicker
    snake_case_picker.get_possible_keys = _possible_keys_in_two_cases
    vars(responses)["method_names_from_class"] = functools.cache(utils.method_names_from_class)
    vars(utils)["create_loader"] = _shared_loader
    vars(cognito)["jwk"] = SimpleNamespace(RSAKey=SimpleNamespace(import_key=_key_of_pools))
    # It is only asked for the names of all services.
    vars(utils)["Session"] = core_session


@functools.cache
def _shared_loader() -> loaders.Loader:
    return loaders.Loader(extra_search_paths=[loaders.moto_root], file_loader=FastFiles())


@functools.cache
def _modules() -> frozenset[str]:
    return frozenset(_list_modules())


def _key_of_pools(described: Mapping[str, str]) -> Any:
    return _key(frozenset(described.items()))


@functools.cache
def _key(described: frozenset[tuple[str, str]]) -> Any:
    return _RSAKey.import_key(dict(described))


def _possible_keys(self: AttributePicker, context: AttributePickerContext) -> Iterable[str]:
    """What moto derives from the shape and the object's class, kept at the shape."""
    shape: Any = context.shape
    if shape is None:
        return _derive_keys(self, context)
    kept: dict[Any, tuple[str, ...]] = vars(shape).setdefault("_possible_keys", {})
    case = (context.key, type(context.obj), id(getattr(shape, "parent", None)))
    keys = kept.get(case)
    if keys is None:
        keys = kept[case] = tuple(_derive_keys(self, context))
    return keys


def _pick(self: AttributePicker, context: AttributePickerContext) -> Any:
    """moto's own, but it compares the path of an attribute only with transformers that end in the attribute's name."""
    value = None
    for key in self.get_possible_keys(context):
        found = utils.get_value(context.obj, key, _MISSING)
        if found is not _MISSING:
            value = found
            break
    for ending, transform in _transformers_by_name(self).get(context.key, ()):
        if f"{context.key_path}.{context.key}".endswith(ending):
            return transform(value)
    return value


def _transformers_by_name(picker: AttributePicker) -> dict[str, list[tuple[str, Callable[[Any], Any]]]]:
    kept: dict[str, dict[str, list[tuple[str, Callable[[Any], Any]]]]] = vars(picker)
    if "_by_name" not in kept:
        by_name = kept["_by_name"] = {}
        for ending, transform in picker.response_transformers.items():
            by_name.setdefault(ending.rpartition(".")[2], []).append((ending, transform))
    return kept["_by_name"]


def _possible_keys_in_two_cases(self: AttributePicker, context: AttributePickerContext) -> Iterable[str]:
    return _in_two_cases(tuple(_possible_keys(self, context)))


@functools.cache
def _in_two_cases(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for key in keys for name in (key, xform_name(key))))
