"""Published API documents (OpenAPI), and whether a request or an answer is as they say."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

FOLDER = Path(__file__).parents[3] / "shared" / "data"
JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    """How one path is asked with GET, and what it answers."""

    path: str
    pattern: re.Pattern[str]
    parameters: Mapping[str, Mapping[str, Any]]
    """Those in the query and in headers, by name."""
    answers: Mapping[str, Mapping[str, Any]]
    """The content of an answer by its status."""


class Document:
    """One API document."""

    def __init__(self, name: str, *, closed: bool) -> None:
        """`closed`: an answer has no key that the document does not name, even if it forbids none."""
        path = FOLDER / name
        if not path.is_file():
            missing = f"there is no {path}"
            pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
        text = path.read_text(encoding="utf-8")
        self._raw = json.loads(text) if name.endswith(".json") else YAML(typ="safe").load(text)
        self._root = _as_json_schema(self._raw, closed)
        self._operations = [self._operation(path, each) for path, each in self._raw["paths"].items()]
        # A path with fewer holes is meant first: `/library/sections/all` is no section named `all`.
        self._operations.sort(key=lambda operation: operation.path.count("{"))
        self._validators: dict[str, Draft202012Validator] = {}

    def operation(self, path: str) -> Operation:
        """The operation that answers a path."""
        found = next((each for each in self._operations if each.pattern.fullmatch(path)), None)
        assert found is not None, f"the document has no path for {path}"
        return found

    def check_request(self, path: str, query: Mapping[str, str]) -> None:
        """Every parameter is one of the operation's, and of its type."""
        operation = self.operation(path)
        for name, value in query.items():
            assert name in operation.parameters, f"{operation.path} has no parameter {name}"
            schema = self._resolved(operation.parameters[name].get("schema", {}))
            self._check(f"{operation.path}?{name}", schema, self._read(schema, value))
        for name, parameter in operation.parameters.items():
            assert name in query or not parameter.get("required"), f"{operation.path} needs {name}"

    def check_answer(self, path: str, status: int, answer: object) -> None:
        """The answer has the shape that the operation promises."""
        operation = self.operation(path)
        content = operation.answers.get(str(status))
        assert content is not None, f"{operation.path} never answers {status}"
        if JSON in content and status < 400:
            self._check(f"{operation.path} {status}", content[JSON]["schema"], answer)

    def _check(self, where: str, schema: Mapping[str, Any], value: object) -> None:
        if where not in self._validators:
            whole = {**_as_json_schema(schema, closed=False), "components": self._root["components"]}
            self._validators[where] = Draft202012Validator(whole)
        error = next(iter(self._validators[where].iter_errors(value)), None)
        assert error is None, f"{where}: {error.json_path}: {error.message[:300]}"

    def _read(self, schema: Mapping[str, Any], text: str) -> object:
        """A parameter's text as the value that it stands for; lists are written with commas."""
        kind = schema.get("type")
        if kind == "array":
            items = self._resolved(schema.get("items", {}))
            return [self._read(items, each) for each in text.split(",")]
        if kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
            return json.loads(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        return int(text) if schema.get("enum") == [0, 1] and text in ("0", "1") else text

    def _operation(self, path: str, methods: Mapping[str, Any]) -> Operation:
        get = methods.get("get", {})
        listed = [
            self._resolved(each) for each in (*methods.get("parameters", ()), *get.get("parameters", ()))
        ]
        return Operation(
            path=path,
            pattern=re.compile(re.sub(r"\{\w+\}", "[^/]+", path)),
            parameters=dict(self._parameters(listed)),
            answers={
                status: self._resolved(each).get("content") or {}
                for status, each in get.get("responses", {}).items()
            },
        )

    def _parameters(self, listed: list[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Those of the query; an object's properties are parameters of their own (OpenAPI, `explode`)."""
        for each in listed:
            schema = self._resolved(each.get("schema", {}))
            if each["in"] == "query" and "properties" in schema:
                yield from ((name, {"schema": part}) for name, part in schema["properties"].items())
            elif each["in"] == "query":
                yield each["name"], each

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            found: Any = self._raw
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name.replace("~1", "/")]
            part = found
        return part


@cache
def document(name: str, *, closed: bool = False) -> Document:
    """A document, read once."""
    return Document(name, closed=closed)


def _as_json_schema(part: Any, closed: bool) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`."""
    if isinstance(part, list):
        return [_as_json_schema(each, closed) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: _as_json_schema(value, closed) for key, value in part.items()}
    if closed and isinstance(found.get("properties"), dict) and found.get("type") == "object":
        found.setdefault("additionalProperties", False)
    if found.pop("nullable", False) is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found
