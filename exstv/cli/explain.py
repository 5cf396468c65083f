"""`exstv explain CODE`: prints the page of a diagnostic's code."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown

from exstv.codes import CODES, did_you_mean
from exstv.render.explanations import explanation

HELP = "explain a diagnostic's code, with a bad and a good example"


def run(argv: Sequence[str]) -> int:
    """Prints one page; exit code 2 for a code that does not exist."""
    parser = argparse.ArgumentParser(prog="exstv explain", description=HELP)
    parser.add_argument("code", metavar="CODE", help="for example EXS3001")
    asked = parser.parse_args(argv).code.upper()
    # `3001` and `EX3001` leave no doubt.
    wanted = f"EXS{''.join(re.findall('[0-9]', asked))}"
    if wanted not in CODES:
        hint = did_you_mean(_near(wanted)) or "a code looks like `EXS3001`, and each diagnostic shows its own"
        sys.stderr.write(f"exstv explain: no code {asked}; {hint}\n")
        return 2
    page = explanation(wanted)
    if sys.stdout.isatty():
        Console().print(Markdown(page))
    else:
        sys.stdout.write(page)
    return 0


def _near(wanted: str) -> str | None:
    """The code that was meant where one digit is missing at the end or wrong; else any guess would be odd."""
    if len(wanted) < len("EXS300"):
        return None
    longer = (code for code in sorted(CODES) if code.startswith(wanted))
    same = (code for code in sorted(CODES) if _differ(code, wanted) == 1)
    return next(longer, None) or next(same, None)


def _differ(code: str, wanted: str) -> int:
    """How many characters of two texts of one length differ; as many as there are for other lengths."""
    if len(code) != len(wanted):
        return len(code)
    return sum(one != other for one, other in zip(code, wanted, strict=True))
