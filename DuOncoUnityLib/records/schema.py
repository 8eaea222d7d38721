"""The JSON schema of case records, derived from the domain model; `case.schema.json` is its published form."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any

from DuOncoUnityLib.records.codec import is_union
from DuOncoUnityLib.records.model import SCHEMA_VERSION, Case

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def case_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of `Case`."""
    definitions: dict[str, Any] = {}
    reference = _schema(Case, definitions)
    definitions["Case"]["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "DuOnco Unity case record",
            **reference, "$defs": definitions}


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if is_union(kind):
        return {"anyOf": [_schema(argument, definitions) for argument in arguments]}
    if dataclasses.is_dataclass(kind):
        return _reference(typing.cast("type", kind), definitions)
    if origin is list or (origin is tuple and arguments[-1] is Ellipsis):
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is tuple:
        return {"type": "array", "prefixItems": [_schema(argument, definitions) for argument in arguments],
                "minItems": len(arguments), "maxItems": len(arguments)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    return {"type": _PLAIN[kind]}


def _reference(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        hints = typing.get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(kind)]
        definitions[kind.__name__] = {}
        definitions[kind.__name__] = {"type": "object", "required": names, "additionalProperties": False,
                                      "properties": {name: _schema(hints[name], definitions) for name in names}}
    return {"$ref": f"#/$defs/{kind.__name__}"}
