"""Documents and catalog to the station: every name becomes what it stands for, every default is filled in.

Owns what holds between declarations: names that exist, numbers and ids used once. Asks no clock: `today` is
the broadcast day that holds the given `now`. The next stage is compiler/lower.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from compiler.beside import check_beside
from compiler.checks.resolve import resolve_checks
from compiler.documents.declared import Documents
from compiler.documents.station import StationDocument
from compiler.encoding import Encodings
from compiler.findings import Findings
from compiler.library import Library, OpenView
from compiler.lineup import Lineup
from compiler.programming.desk import open_desk
from compiler.references import References
from compiler.station import Station
from compiler.validate import declared_sources
from exstv.catalog.model import Catalog
from exstv.catalog.view import open_view
from exstv.clock import to_utc
from exstv.diagnostics import Diagnostic


def resolve(
    documents: Documents,
    catalog: Catalog,
    now_ms: int,
    lists: Mapping[str, bytes] | None = None,
    view: OpenView | None = None,
) -> tuple[Station | None, list[Diagnostic]]:
    """The station as far as it can be resolved; None without a sound `station`.

    `lists` are the files that external schedules name, by their paths; `view` opens the catalog as a table.
    """
    findings = Findings()
    station = documents.station.document if documents.station else None
    sources = declared_sources(documents)
    view = view or partial(open_view, catalog)
    library = Library(documents, catalog, view, _today(station, now_ms), findings)
    library.read(sources)
    References(documents, library.names).check()
    lineup = Lineup(open_desk(documents, library, findings, lists or {}))
    encodings = Encodings(documents, findings)
    channels = encodings.settle(lineup.channels())
    check_beside(documents, channels, findings)
    lineup.check_rest()
    checks = resolve_checks(documents, library, findings)
    if station is None:
        return None, findings.all()
    resolved = Station(
        name=station.name,
        timezone=station.timezone,
        broadcast_day_ms=station.broadcast_day,
        horizon_ms=station.horizon,
        history_ms=station.history,
        freeze_ms=station.freeze,
        seed=station.seed,
        channels=channels,
        profiles=encodings.profiles,
        sources=sources,
        withdrawn=library.withdrawn,
        absent=lineup.absent,
        checks=checks,
    )
    return resolved, findings.all()


def _today(station: StationDocument | None, now_ms: int) -> date:
    if station is None:
        return to_utc(now_ms).date()
    local = to_utc(now_ms).astimezone(ZoneInfo(station.timezone)).replace(tzinfo=None)
    return (local - timedelta(milliseconds=station.broadcast_day)).date()
