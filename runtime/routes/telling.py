"""Rows of the timeline and words of the runtime as the API's contract has them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from exstv.clock import to_iso
from exstv.timeline.model import Channel, Header, Media, PlayoutItem, Programme, Source
from exstv.timeline.query import title_of
from runtime.routes import contract
from runtime.routes.view import ChannelFacts
from runtime.status import (
    BreakerStatus,
    CatchUpStatus,
    ChannelStatus,
    ProcessStatus,
    ReloadStatus,
    RescanStatus,
    RuntimeStatus,
    SessionStatus,
    SyncStatus,
)

_Entry = TypeVar("_Entry", bound=msgspec.Struct)


def _entry(kind: type[_Entry], row: msgspec.Struct, made: Mapping[str, Any]) -> _Entry:
    """An entry with the row's own fields, but for those that are `made` for it."""
    same = (name for name in kind.__struct_fields__ if name not in made)
    return kind(**made, **{name: getattr(row, name) for name in same})


def channel_entry(channel: Channel) -> contract.ChannelEntry:
    """A channel of the line-up."""
    return _entry(contract.ChannelEntry, channel, {})


def programme_entry(programme: Programme, artwork: str | None) -> contract.ProgrammeEntry:
    """A programme of the guide, and where its picture is."""
    made = {
        "start_time": to_iso(programme.start_ms),
        "finish_time": to_iso(programme.finish_ms),
        "artwork": artwork,
    }
    return _entry(contract.ProgrammeEntry, programme, made)


def item_entry(
    item: PlayoutItem, programmes: Mapping[str, Programme], media: Mapping[str, Media]
) -> contract.ItemEntry:
    """An item with its title and its provenance."""
    shown = media.get(item.media_id or "")
    made = {
        "start_time": to_iso(item.start_ms),
        "finish_time": to_iso(item.finish_ms),
        "source": shown.source if shown else None,
        "title": title_of(item, programmes, media),
    }
    return _entry(contract.ItemEntry, item, made)


def source_entry(source: Source) -> contract.SourceEntry:
    """A source as the station's YAML has it."""
    definition = msgspec.json.decode(source.definition, type=dict[str, object])
    return contract.SourceEntry(name=source.name, type=source.type, definition=definition)


def revision(header: Header, status: RuntimeStatus, now_ms: int) -> contract.Revision:
    """What the timeline on air is, what keeps another from it, and what it follows."""
    pin, sync = status.pin, status.sync
    made = {
        "start_time": to_iso(header.start_ms),
        "finish_time": to_iso(header.finish_ms),
        "built_at": to_iso(header.built_at_ms),
        "age_ms": now_ms - header.built_at_ms,
        "compiled_for": to_iso(header.compiled_for_ms),
        "pin": _entry(contract.PinEntry, pin, {"at": to_iso(pin.at_ms)}) if pin else None,
        "git": sync_entry(sync) if sync else None,
    }
    return _entry(contract.Revision, header, made)


def sync_entry(sync: SyncStatus) -> contract.SyncEntry:
    """The repository that is followed."""
    fetched_at = to_iso(sync.fetched_ms) if sync.fetched_ms is not None else None
    return _entry(contract.SyncEntry, sync, {"fetched_at": fetched_at})


def now_entry(facts: ChannelFacts) -> contract.NowEntry:
    """A channel at this instant."""
    programmes = {each.id: each for each in (facts.now, facts.next) if each}
    return contract.NowEntry(
        channel=facts.channel.key,
        number=facts.channel.number,
        name=facts.channel.name,
        now=programme_entry(facts.now, facts.picture_of(facts.now)) if facts.now else None,
        next=programme_entry(facts.next, facts.picture_of(facts.next)) if facts.next else None,
        planned=item_entry(facts.planned, programmes, facts.media) if facts.planned else None,
        on_air=_on_air(facts.status) if facts.status else None,
    )


def _on_air(status: ChannelStatus) -> contract.OnAir:
    made = {
        "seq": status.item.seq if status.item else None,
        "media_id": status.item.media_id if status.item else None,
        "since": to_iso(status.since_ms) if status.since_ms is not None else None,
    }
    return _entry(contract.OnAir, status, made)


def sessions(status: RuntimeStatus) -> contract.Sessions:
    """Who watches."""
    live = [_session(each, None) for each in status.sessions]
    past = [_session(each, to_iso(each.playing_ms)) for each in status.catch_ups]
    return contract.Sessions(sessions=(*live, *past), tuners=status.tuners)


def _session(session: SessionStatus | CatchUpStatus, at: str | None) -> contract.SessionEntry:
    return _entry(contract.SessionEntry, session, {"since": to_iso(session.since_ms), "at": at})


def processes(status: RuntimeStatus) -> contract.Processes:
    """Every child process."""
    pool = status.pool
    return contract.Processes(
        processes=tuple(_process(each) for each in status.processes),
        running=pool.running if pool else 0,
        waiting=pool.waiting if pool else 0,
        bound_by=pool.bound_by if pool else None,
    )


def _process(process: ProcessStatus) -> contract.ProcessEntry:
    return _entry(contract.ProcessEntry, process, {"started": to_iso(process.started_ms)})


def breaker_entry(breaker: BreakerStatus) -> contract.BreakerEntry:
    """A channel's breaker."""
    return _entry(contract.BreakerEntry, breaker, {})


def rescan_entry(rescan: RescanStatus) -> contract.RescanEntry:
    """How the last scan went."""
    return _entry(contract.RescanEntry, rescan, {"at": to_iso(rescan.at_ms)})


def reload_entry(reload: ReloadStatus) -> contract.ReloadEntry:
    """How the last reload went."""
    return _entry(contract.ReloadEntry, reload, {"at": to_iso(reload.at_ms)})
