"""How deep SQL may go, told from DuckDB's tree of it before anything walks or binds that.

DuckDB takes a thousand levels, more than Python's stack; and its time and memory double with each lambda
inside of another.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any

MAX_DEPTH = 200
"""Of lists and mappings in the tree; an operator in another one is two or three."""
MAX_LAMBDAS = 4
"""Each inside of another."""

_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_STEPS = {"{": 1, "[": 1, "}": -1, "]": -1}


def read_tree(serialized: str) -> tuple[Any, str]:
    """What `json_serialize_sql` answered, and what is wrong with it where it goes too deep."""
    brackets = re.findall(r"[][{}]", _TEXT.sub("", serialized))
    if max(accumulate(_STEPS[each] for each in brackets), default=0) > MAX_DEPTH:
        return {}, "it is nested too deep"
    answer = json.loads(serialized)
    if _nested_lambdas(answer) > MAX_LAMBDAS:
        return {}, f"more than {MAX_LAMBDAS} lambdas stand inside one another"
    return answer, ""


def _nested_lambdas(tree: Any) -> int:
    if isinstance(tree, dict):
        below = max(map(_nested_lambdas, tree.values()), default=0)
        return below + (tree.get("class") == "LAMBDA")
    return max(map(_nested_lambdas, tree), default=0) if isinstance(tree, list) else 0
