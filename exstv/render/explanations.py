"""The pages of codes, as `exstv explain` prints them and as other formats carry them."""

from __future__ import annotations

from importlib.resources import files

from exstv.codes import EXPLANATIONS


def explanation(code: str) -> str:
    """The Markdown page of a code, without its first line of notes to the tests where it has one."""
    page = files("exstv").joinpath(EXPLANATIONS, f"{code}.md").read_text(encoding="utf-8")
    if page.startswith("<!--"):
        page = page.partition("-->")[2].lstrip("\n")
    return page


def heading(page: str) -> str:
    """What a page is about: its first line, without the code."""
    return page.partition("\n")[0].partition(": ")[2]
