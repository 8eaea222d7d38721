"""Dataclasses to JSON and back, strictly: every field must be there, have its type, and nothing else may be."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from contextlib import suppress
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class Mismatch(ValueError):
    """A JSON value that does not fit; the message says where and why ("lesions[3].site is missing")."""


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON text of a dataclass, an enum, or a list, tuple, dict or plain value of them.

    Python's own encoder goes through the values, which takes half the time of a walk in Python: records of half a
    megabyte are written at every edit.

    Raises:
        ValueError: a number is not finite.
        TypeError: a value of another type.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    names = _field_names(value.__class__)
    if names is None:
        raise TypeError(f"records cannot hold a {type(value).__name__}")
    return {name: getattr(value, name) for name in names}


@cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    """Fields of a dataclass; None for any other type."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def decode(kind: type[T], data: Any, where: str) -> T:
    """The value of type `kind` that `to_json` wrote as `data`.

    Args:
        kind: a dataclass or any type used in one.
        data: JSON value.
        where: how messages call the place of `data`.

    Raises:
        Mismatch: the data do not fit the type.
    """
    return typing.cast("T", _decode(kind, data, where))


def is_union(kind: Any) -> bool:
    """Whether a type is a union such as `float | None`."""
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _decode(kind: Any, data: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if is_union(kind):
        return _decode_union(arguments, data, where)
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(typing.cast("type", kind), data, where)
    if origin is list:
        return [_decode(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(_expect(list, data, where))]
    if origin is tuple:
        return _decode_tuple(arguments, _expect(list, data, where), where)
    if origin is dict:
        return {key: _decode(arguments[1], item, f"{where}.{key}") for key, item in _expect(dict, data, where).items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError:
            raise Mismatch(f"{where} has an unknown value") from None
    if kind is float:
        return _decode_float(data, where)
    return _expect(kind, data, where)


def _decode_dataclass(kind: type, data: Any, where: str) -> Any:
    hints = _hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    values = _expect(dict, data, where)
    for name in names:
        if name not in values:
            raise Mismatch(f"{where}.{name} is missing")
    for name in values:
        if name not in names:
            raise Mismatch(f"{where} has an unknown field")
    return kind(**{name: _decode(hints[name], values[name], f"{where}.{name}") for name in names})


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The types of the fields: looking them up takes most of the time of reading a record."""
    return typing.get_type_hints(kind)


def _decode_tuple(arguments: tuple[Any, ...], items: list[Any], where: str) -> tuple[Any, ...]:
    kinds = [arguments[0]] * len(items) if arguments[-1] is Ellipsis else list(arguments)
    if len(items) != len(kinds):
        raise Mismatch(f"{where} must have {len(kinds)} values")
    return tuple(_decode(kind, item, f"{where}[{n}]") for n, (kind, item) in enumerate(zip(kinds, items, strict=True)))


def _decode_union(kinds: tuple[Any, ...], data: Any, where: str) -> Any:
    if data is None and types.NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not types.NoneType]
    if len(others) == 1:
        return _decode(others[0], data, where)
    for kind in others:
        with suppress(Mismatch):
            return _decode(kind, data, where)
    raise Mismatch(f"{where} has a value of the wrong type")


def _decode_float(data: Any, where: str) -> float:
    if isinstance(data, bool) or not isinstance(data, (int, float)):
        raise Mismatch(f"{where} must be a number")
    try:
        value = float(data)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Mismatch(f"{where} must be a finite number")
    return value


_NAMES = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a set of fields",
          types.NoneType: "empty"}


def _expect(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise Mismatch(f"{where} must be {_NAMES[kind]}")
    return data
