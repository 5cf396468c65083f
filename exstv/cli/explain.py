"""`exstv explain CODE`: prints the page of a diagnostic's code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.resources import files

from rich.console import Console
from rich.markdown import Markdown

from exstv.codes import CODES, EXPLANATIONS, did_you_mean
from exstv.diagnostics import suggest

HELP = "explain a diagnostic's code, with a bad and a good example"


def run(argv: Sequence[str]) -> int:
    """Prints one page; exit code 2 for a code that does not exist."""
    parser = argparse.ArgumentParser(prog="exstv explain", description=HELP)
    parser.add_argument("code", metavar="CODE", help="for example EXS3001")
    wanted = parser.parse_args(argv).code.upper()
    if wanted not in CODES:
        hint = did_you_mean(suggest(wanted, CODES))
        sys.stderr.write(f"exstv explain: no code {wanted}{'; ' + hint if hint else ''}\n")
        return 2
    page = explanation(wanted)
    if sys.stdout.isatty():
        Console().print(Markdown(page))
    else:
        sys.stdout.write(page)
    return 0


def explanation(code: str) -> str:
    """The Markdown page of a code, without its first line of notes to the tests where it has one."""
    page = files("exstv").joinpath(EXPLANATIONS, f"{code}.md").read_text(encoding="utf-8")
    if page.startswith("<!--"):
        page = page.partition("-->")[2].lstrip("\n")
    return page
