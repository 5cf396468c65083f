"""What `exstv doctor` asks a source on another machine: does it answer, take the key, share its disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from exstv.catalog.model import Catalog
from exstv.cli.checks import Finding, fail, ok, warn
from exstv.errors import ExstvError
from exstv.sources.base import Examinable, as_media
from exstv.sources.enriching import opened
from exstv.sources.enrichment import enrichers_in
from exstv.sources.registry import open_source
from exstv.timeline.model import Source


def look_at(
    source: Source, catalog: Catalog, media_root: Path, environ: Mapping[str, str]
) -> Iterator[Finding]:
    """What the source tells of itself; nothing of one that has nothing to tell."""
    subject = f"source {source.name}"
    media = (as_media(item) for item in catalog.items if item.source == source.name)
    try:
        made = open_source(source, environ)
        if isinstance(made, Examinable):
            for look in made.examine(media, media_root):
                yield warn(subject, look.text, look.advice) if look.advice else ok(subject, look.text)
    except ExstvError as error:
        yield fail(
            subject, str(error), "look at its definition, at the variables it names, and at the server"
        )
    for enricher in enrichers_in(source.definition):
        try:
            with opened(enricher, environ):
                yield ok(subject, f"`{enricher.type}` takes the key")
        except ExstvError as error:
            advice = "nothing is enriched: look at the variables that it names, and at the database"
            yield warn(subject, f"`{enricher.type}`: {error}", advice)
