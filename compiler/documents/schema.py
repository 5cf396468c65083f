"""The JSON schema of a station file, generated from the authoring models: what editors complete and mark.

Owns how the kinds are put together to one file; what each holds is the models'. What depends on more than one
value (names that exist, keys that need each other, dates in the calendar) is the compiler's alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from compiler.documents.channels import ChannelDocument
from compiler.documents.collections import CollectionDocument
from compiler.documents.filler import FillerDocument
from compiler.documents.policies import PolicyDocument
from compiler.documents.profiles import ProfileDocument
from compiler.documents.scalars import EXTENDS, NAME_PATTERN, NEVER_INHERITED, Name, Some
from compiler.documents.schedules import ScheduleDocument
from compiler.documents.sources import SourceDocument
from compiler.documents.station import StationDocument
from compiler.documents.station_tests import TestDocument
from exstv import units

DRAFT = "https://json-schema.org/draft/2020-12/schema"
STATION = "station"

_KINDS: dict[str, tuple[Any, str]] = {
    "sources": (
        Annotated[SourceDocument, Field(discriminator="type")],
        "Where media come from, by name.",
    ),
    "collections": (CollectionDocument, "Which media, by name."),
    "channels": (ChannelDocument, "What viewers tune to, by key."),
    "schedules": (ScheduleDocument, "When what plays, by name."),
    "filler": (FillerDocument, "What makes times meet, by name."),
    "profiles": (ProfileDocument, "How channels are encoded, by name."),
    "policies": (PolicyDocument, "What must hold of the timeline, by name."),
}
_LISTS: dict[str, tuple[Any, str]] = {
    "withdraw": (Some[Name], "Ids of media that are off the air at once, everywhere."),
    "tests": (Some[TestDocument], "What is expected on the air, and when."),
}
"""What stands at the top level without names."""
_FORMATS: dict[str, Callable[[Any], str]] = {
    units.DURATION_PATTERN: units.format_duration,
    units.TIME_PATTERN: units.format_time_of_day,
    units.BIT_RATE_PATTERN: units.format_bit_rate,
    units.RESOLUTION_PATTERN: lambda size: units.format_resolution(*size),
}
"""A default is shown as it would be written."""


def station_schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    inputs: dict[str, Any] = {
        STATION: StationDocument,
        **{kind: type_ for kind, (type_, _) in (*_KINDS.items(), *_LISTS.items())},
    }
    schemas, rest = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(type_)) for kind, type_ in inputs.items()]
    )
    properties: dict[str, Any] = {
        STATION: {**schemas[STATION, "validation"], "description": "What holds for every channel."}
    }
    for kind, (_, description) in _KINDS.items():
        properties[kind] = {
            "description": description,
            "type": ["object", "null"],
            "propertyNames": {"pattern": NAME_PATTERN},
            "additionalProperties": schemas[kind, "validation"],
        }
    for kind, (_, description) in _LISTS.items():
        branches = [*schemas[kind, "validation"]["anyOf"], {"type": "null"}]
        properties[kind] = {"description": description, "anyOf": branches}
    return {
        "$schema": DRAFT,
        "title": "A file of an exstv station",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": {name: _tidy(schema) for name, schema in sorted(rest["$defs"].items())},
    }


def schema_text() -> str:
    """The schema as the committed file holds it."""
    return json.dumps(station_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """A model's schema without pydantic's own titles, with defaults as they are written."""
    properties = {name: _property(each) for name, each in schema.get("properties", {}).items()}
    tidy = {**{key: value for key, value in schema.items() if key != "title"}, "properties": properties}
    return _inheriting(tidy) if EXTENDS in properties else tidy


def _inheriting(schema: dict[str, Any]) -> dict[str, Any]:
    """What is required may be inherited instead, but for what is never inherited."""
    required = [key for key in schema.get("required", []) if key not in NEVER_INHERITED]
    kept = [key for key in schema.get("required", []) if key in NEVER_INHERITED]
    if not required:
        return schema
    extending = {"required": [EXTENDS], "properties": {EXTENDS: {"type": "string"}}}
    rest = {key: value for key, value in schema.items() if key != "required"}
    return {**rest, **({"required": kept} if kept else {}), "anyOf": [{"required": required}, extending]}


def _property(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key not in ("title", "default")}
    for pattern, below in kept.pop("patternProperties", {}).items():
        # A name that does not fit the pattern is a mistake, not a name without rules.
        kept |= {"propertyNames": {"pattern": pattern}, "additionalProperties": below}
    default = schema.get("default")
    if isinstance(default, str | bool | int | float | list) and default != []:
        kept["default"] = _written(default, schema)
    return kept


def _written(default: Any, schema: dict[str, Any]) -> Any:
    branches = [schema, *schema.get("anyOf", [])]
    patterns = [branch["pattern"] for branch in branches if branch.get("pattern") in _FORMATS]
    return _FORMATS[patterns[0]](default) if patterns and not isinstance(default, str) else default
