"""A tree to a pydantic model: every error of pydantic's as a diagnostic at the smallest place that is wrong.

Owns the words for pydantic's error types. A validator that knows a better code raises
`mistake(CODE, **facts)`, and its facts `help` and `note` become the diagnostic's. Models are bound in strict
mode: `"3"` is no number and `3` no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from exstv import codes
from exstv.codes import CODES, Code, did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.nodes import Node, Scalar, Sequence, at, describe, key_span, to_data, written

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[str | int, ...]

BRANCH = "an entry "
"""What the tag of a union's branch begins with, where a key of another one is to be told as that."""

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "nothing",
}
_BOOLEANS = {"yes": "`true`", "on": "`true`", "no": "`false`", "off": "`false`"}
_RULES = {
    "greater_than_equal": ("ge", "at least {}"),
    "greater_than": ("gt", "more than {}"),
    "less_than_equal": ("le", "at most {}"),
    "less_than": ("lt", "less than {}"),
}


def mistake(code: Code, **facts: object) -> PydanticCustomError:
    """What a validator raises so that its own code is reported at its value."""
    return PydanticCustomError(code.id, "{facts}", {"facts": facts})


def bind(model: type[Model], node: Node) -> tuple[Model | None, list[Diagnostic]]:
    """The model that a tree describes, or what is wrong with it; the tree must hold no broken part."""
    try:
        return model.model_validate(to_data(node), strict=True), []
    except ValidationError as error:
        return None, _diagnostics(model, node, error.errors(include_url=False))


def _diagnostics(model: type[BaseModel], node: Node, errors: list[ErrorDetails]) -> list[Diagnostic]:
    misspelt: set[Loc] = {(*loc[:-1], near) for loc, near in _suggestions(model, node, errors) if near}
    found: dict[tuple[str, Span, str], Diagnostic] = {}
    for error in errors:
        if error["type"] == "missing" and _is_excused(model, node, error, misspelt):
            continue
        if (
            error["type"] == "too_short"
            and error.get("ctx", {}).get("actual_length") == 0
            and _holds_some(at(node, *_real(node, error["loc"])))
        ):
            # pydantic counts the entries that are sound; the others were reported.
            continue
        diagnostic = _diagnostic(model, node, error)
        # Two branches of a union complain of one value.
        found.setdefault((diagnostic.code, diagnostic.span, diagnostic.message), diagnostic)
    return list(found.values())


def _is_excused(model: type[BaseModel], node: Node, error: ErrorDetails, misspelt: set[Loc]) -> bool:
    """Tells whether a missing key was misspelt, or the key that tells another branch was."""
    loc = _real(node, error["loc"], is_missing=True)
    if loc in misspelt:
        return True
    meant = {key for *above, key in misspelt if tuple(above) == loc[:-1]}
    return any(
        any(
            field.is_required() and (field.alias or name) in meant
            for name, field in each.model_fields.items()
        )
        and loc[-1] not in _keys(each)
        for each in _models_at(model, loc[:-1])
    )


def _holds_some(node: Node) -> bool:
    return not isinstance(node, Sequence) or bool(node.items)


def _suggestions(
    model: type[BaseModel], node: Node, errors: list[ErrorDetails]
) -> Iterable[tuple[Loc, str | None]]:
    for error in errors:
        if error["type"] == "extra_forbidden":
            loc = _real(node, error["loc"])
            yield loc, _near_key(model, loc)


def _near_key(model: type[BaseModel], loc: Loc) -> str | None:
    return suggest(str(loc[-1]), sorted(known_keys(model, loc[:-1])))


def _diagnostic(model: type[BaseModel], node: Node, error: ErrorDetails) -> Diagnostic:
    loc = _real(node, error["loc"], is_missing=error["type"] == "missing")
    if error["type"] == "extra_forbidden":
        if (branch := _branch(error["loc"])) and str(loc[-1]) in known_keys(model, loc[:-1]):
            return codes.KEY_OF_ANOTHER.at(key_span(node, *loc), key=str(loc[-1]), what=branch)
        near = _near_key(model, loc)
        return codes.UNKNOWN_KEY.at(key_span(node, *loc), help=did_you_mean(near), key=str(loc[-1]))
    if error["loc"][-1:] == ("[key]",):
        help = error.get("ctx", {}).get("facts", {}).get("help", "")
        return codes.BAD_NAME.at(key_span(node, *loc), name=str(loc[-1]), help=help)
    if error["type"] == "missing":
        return codes.MISSING_KEY.at(at(node, *loc[:-1]).head, key=str(loc[-1]))
    return _about_value(at(node, *loc), error)


def _branch(loc: Loc) -> str:
    """The words for the branch of a union that an error's key stands in, if it has some."""
    above = loc[-2] if len(loc) > 1 else ""
    return above if isinstance(above, str) and above.startswith(BRANCH) else ""


def _about_value(value: Node, error: ErrorDetails) -> Diagnostic:
    kind, context = error["type"], error.get("ctx", {})
    if kind in CODES:
        return _own(CODES[kind], value, context["facts"])
    if kind in _EXPECTED:
        return _wrong_type(value, _EXPECTED[kind])
    if kind in ("literal_error", "enum"):
        return _unknown_value(value, str(context["expected"]))
    if kind in _RULES:
        name, rule = _RULES[kind]
        return codes.OUT_OF_RANGE.at(value.span, value=_text(value), rule=rule.format(context[name]))
    if kind == "too_short":
        return codes.NOTHING_LISTED.at(value.head)
    if kind == "string_too_short":
        return codes.BAD_VALUE.at(value.span, reason="it must not be empty")
    return codes.BAD_VALUE.at(value.span, reason=error["msg"][:1].lower() + error["msg"][1:])


def _own(code: Code, value: Node, facts: Mapping[str, Any]) -> Diagnostic:
    rest = {"value": _text(value), **facts}
    if code is codes.WRONG_TYPE:
        rest["found"] = describe(value)
    help, note = str(rest.pop("help", "")), str(rest.pop("note", ""))
    return code.at(value.span, help=help, note=note, **rest)


def _wrong_type(value: Node, expected: str) -> Diagnostic:
    found = describe(value)
    help = ""
    if expected == "text" and isinstance(value, Scalar) and value.text:
        help = f'write `"{value.text}"`'
    elif isinstance(value, Scalar) and expected == _EXPECTED["bool_type"]:
        help = f"write {_BOOLEANS[value.text.lower()]}" if value.text.lower() in _BOOLEANS else ""
    one_line = value.span.line == value.span.end_line
    span = value.span if one_line else value.head
    return codes.WRONG_TYPE.at(span, help=help, expected=expected, found=found)


def _unknown_value(value: Node, expected: str) -> Diagnostic:
    if not isinstance(value, Scalar):
        return _wrong_type(value, "one word")
    known = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    names = ", ".join(f"`{word}`" for word in known)
    help = did_you_mean(suggest(value.text, known))
    return codes.UNKNOWN_VALUE.at(value.span, help=help, value=value.text, known=names)


def _text(value: Node) -> str:
    if isinstance(value, Scalar):
        return str(written(value.value)) if value.value is not None else "null"
    return describe(value)


def _real(node: Node, loc: Loc, *, is_missing: bool = False) -> Loc:
    """The path without the union tags that pydantic puts between its keys."""
    path: list[str | int] = []
    here = node
    last = len(loc) - 1
    for index, part in enumerate(loc):
        below = at(here, part)
        if below is here and not isinstance(part, int) and not (is_missing and index == last):
            continue
        path.append(part)
        here = below
    return tuple(path)


def known_keys(model: type[BaseModel], path: Loc) -> set[str]:
    """The keys that a model takes at a path of keys and indices."""
    return {key for each in _models_at(model, path) for key in _keys(each)}


def _models_at(model: type[BaseModel], path: Loc) -> set[type[BaseModel]]:
    models = {model}
    for part in path:
        if isinstance(part, str):
            models = {below for above in models for below in _below(above, part)} or models
    return models


def _keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _below(model: type[BaseModel], key: str) -> set[type[BaseModel]]:
    named = (field for name, field in model.model_fields.items() if key == (field.alias or name))
    return {found for field in named for found in _models(field.annotation)}


def _models(annotation: object) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for part in get_args(annotation) for found in _models(part)}
