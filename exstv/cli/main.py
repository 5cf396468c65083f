"""The `exstv` command: finds the command's module and turns failures into words and exit codes.

Exit codes: 0 ok, 1 errors in the station or nothing to play, 2 usage, 3 a plan that would
cut what is on air, 70 our bug.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import keyword
import os
import sys
import traceback
import zoneinfo
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import exstv
from exstv.diagnostics import suggest
from exstv.errors import ExstvError

COMMANDS = {
    "up": "scan what changed, compile, serve, and follow edits",
    "scan": "ask the sources what they hold and write catalog.lock",
    "compile": "check a station and publish its timeline",
    "plan": "show what would change on air",
    "guide": "show what is on",
    "why": "show what put an item there",
    "query": "ask the timeline on air with SQL",
    "explain": "explain a diagnostic's code",
    "rollback": "put an older version on air again",
    "status": "say what is on air here and what keeps another from it",
    "state": "take positions, the pin and the as-run log to another machine",
    "serve": "play the published timeline",
    "doctor": "check this machine and this station",
    "schema": "print or write the JSON schema of the station files",
    "new": "begin a station: its files, its checks and what an editor needs",
    "import": "make YAML of what another system plays",
    "export": "write what is on air for another system",
}
"""Every command is the module of its name beside this one, imported only when it is called for.

A name that Python keeps for itself ends with `_` there.
"""
USAGE, BUG, INTERRUPTED = 2, 70, 130


def command() -> NoReturn:
    """What the shell calls: runs one command and leaves with its exit code."""
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing is left to do, and Python would still take apart the values of a compile one by one.
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives the exit code."""
    # Every machine knows the same time zones: those of the tzdata package, not its own.
    zoneinfo.reset_tzpath(to=())
    # No plugin of pydantic changes what a document means, and to look for one takes time.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    args = list(sys.argv[1:] if argv is None else argv)
    if not args or args[0] in ("-h", "--help", "help"):
        sys.stdout.write(_help())
        return 0 if args else USAGE
    if args[0] in ("-V", "--version"):
        sys.stdout.write(f"exstv {exstv.__version__}\n")
        return 0
    name = args[0]
    if name not in COMMANDS:
        near = suggest(name, COMMANDS)
        hint = f"; did you mean `{near}`?" if near else ""
        sys.stderr.write(f"exstv: no command `{name}`{hint}\n")
        return USAGE
    return _run(name, args[1:])


def _run(name: str, args: list[str]) -> int:
    try:
        _check_packages_are_ours()
        module = f"{name}_" if keyword.iskeyword(name) else name
        code = int(_loaded(f"exstv.cli.{module}").run(args))
        # What cannot be written is to be told here.
        sys.stdout.flush()
        return code
    except ExstvError as error:
        sys.stderr.write(f"exstv {name}: {error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # `exstv guide | head`: nobody reads on, so nothing is left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        sys.stderr.write(f"exstv {name}: this is a bug in exstv {exstv.__version__}; report it with:\n")
        sys.stderr.write(traceback.format_exc())
        return BUG


def _loaded(module: str) -> ModuleType:
    # All that loading makes stays: to look for garbage in it takes time and finds none.
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.enable()


def _check_packages_are_ours() -> None:
    """`compiler` and `runtime` are common names: another package of that name must not be taken for ours."""
    home = Path(exstv.__file__).parent.parent
    for name in ("compiler", "runtime"):
        spec = importlib.util.find_spec(name)
        origin = spec.origin if spec is not None else None
        if origin is None or Path(origin).parent.parent != home:
            raise ExstvError(f"another package shadows ours: `{name}` is {origin}, not below {home}")


def _help() -> str:
    lines = [f"  {name:<9}{words}" for name, words in COMMANDS.items()]
    return "exstv: television as code\n\nusage: exstv COMMAND …\n\n" + "\n".join(lines) + "\n"
