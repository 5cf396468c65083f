"""The YAML language server that editors run, asked as an editor asks: JSON-RPC over its standard streams.

`make players` installs it; node is the machine's. Nothing is fetched: modelines name files.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "editor"
PROGRAM = FOLDER / "node_modules/yaml-language-server/bin/yaml-language-server"
NODE = shutil.which("node")
SETTINGS = {
    "yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}},
    "http": {},
}
PATIENCE_SECONDS = 60.0


def missing() -> str:
    """Says what an editor's test lacks on this machine; nothing if it can run."""
    if NODE is None:
        return "no node on PATH"
    return "" if PROGRAM.exists() else "no yaml-language-server: run `make players`"


class Editor:
    """An editor with a running language server; owns the conversation."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        self._process = process
        self._ids = count(1)
        self._published: dict[str, list[dict[str, Any]]] = {}
        self._ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": {}})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": SETTINGS})

    def open(self, path: Path, text: str) -> list[dict[str, Any]]:
        """Opens a document, and gives what the server finds in it."""
        uri = path.as_uri()
        self._published.pop(uri, None)
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        while uri not in self._published:
            self._receive()
        return self._published[uri]

    def hover(self, path: Path, line: int, column: int) -> str:
        """The words that are shown over a place; lines and columns count from 1."""
        found = self._ask("textDocument/hover", _at(path, line, column))
        return str(found["contents"]["value"]) if found else ""

    def complete(self, path: Path, line: int, column: int) -> list[str]:
        """The labels that are offered at a place."""
        found = self._ask("textDocument/completion", _at(path, line, column))
        items = found["items"] if isinstance(found, dict) else found or []
        return [str(item["label"]) for item in items]

    def _ask(self, method: str, params: Any) -> Any:
        id_ = next(self._ids)
        self._send({"id": id_, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == id_ and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()).strip():
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        assert length, "the language server has ended"
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self._published[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            items = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
            answer = [SETTINGS.get(item.get("section", "")) for item in items]
            self._send({"id": message["id"], "result": answer or None})
        return message


def _at(path: Path, line: int, column: int) -> dict[str, Any]:
    place = {"line": line - 1, "character": column - 1}
    return {"textDocument": {"uri": path.as_uri()}, "position": place}


@contextmanager
def editor(root: Path) -> Iterator[Editor]:
    """Starts a language server, and ends it."""
    assert NODE is not None
    process = subprocess.Popen(
        [NODE, str(PROGRAM), "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Editor(process, root)
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
