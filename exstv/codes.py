"""Every code that a diagnostic can carry, once, grouped by the stage that finds it.

Owns the ids, severities and messages; a code is never reused. Each has a page in exstv/explanations that
`exstv explain` prints and that tests compile. A rule calls `CODE.at(where, …)` and never counts lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

import msgspec

from exstv.diagnostics import Diagnostic, Label, Severity, Span

EXPLANATIONS = "explanations"
"""The folder beside this file that holds one Markdown page a code."""


class HasSpan(Protocol):
    """Anything that knows where it was written."""

    @property
    def span(self) -> Span: ...


Where = Span | HasSpan
Fact = TypeVar("Fact")

_LONGEST = 1000
"""How many characters of a text are said."""


class Code(msgspec.Struct, frozen=True):
    """One kind of finding. the template is for str.format, filled by the facts given to `at`."""

    id: str
    severity: Severity
    message_template: str

    def at(
        self,
        where: Where,
        /,
        *,
        label: str = "",
        help: str = "",
        note: str = "",
        also: Iterable[tuple[Where, str]] = (),
        **facts: object,
    ) -> Diagnostic:
        """A diagnostic of this code at `where`; `label` is said at the caret, `also` are secondary labels."""
        primary = Label(_span(where), label)
        others = tuple(Label(_span(place), text, primary=False) for place, text in also)
        message = self.message_template.format_map({name: _short(fact) for name, fact in facts.items()})
        return Diagnostic(self.id, self.severity, message, (primary, *others), _short(help), _short(note))


def did_you_mean(near: str | None) -> str:
    """The help text that offers a suggestion, empty without one."""
    return f"did you mean `{near}`?" if near else ""


def _short(fact: Fact) -> Fact | str:
    """A text as it is, unless it is a page long: a value that somebody wrote may be a megabyte."""
    if isinstance(fact, str) and len(fact) > _LONGEST:
        return fact[: _LONGEST // 2] + "…" + fact[-_LONGEST // 2 :]
    return fact


def _span(where: Where) -> Span:
    return where if isinstance(where, Span) else where.span


def _error(number: int, message: str) -> Code:
    return Code(f"EXS{number}", Severity.ERROR, message)


def _warning(number: int, message: str) -> Code:
    return Code(f"EXS{number}", Severity.WARNING, message)


def _note(number: int, message: str) -> Code:
    return Code(f"EXS{number}", Severity.NOTE, message)


# 1xxx load and parse: files and YAML
UNREADABLE_FILE = _error(1001, "this file cannot be read: {reason}")
DUPLICATE_KEY = _error(1002, "the key `{key}` is set twice")
NOT_YAML = _error(1003, "this is not YAML: {reason}")
TAB_INDENT = _error(1004, "a tab is used for indentation")
ALIAS_REFUSED = _error(1005, "YAML {what} are not read")
TAG_REFUSED = _error(1006, "the YAML tag `{tag}` is not read")
TOO_DEEP = _error(1007, "nested more than {limit} levels deep")
FILE_TOO_LARGE = _error(1008, "this file has {size} bytes; the limit is {limit}")
NOT_UTF8 = _error(1009, "this file is not UTF-8 text")
SEVERAL_DOCUMENTS = _error(1010, "a second YAML document begins here")
KEY_NOT_TEXT = _error(1011, "a key must be plain text")
NOT_A_MAPPING = _error(1012, "a station file must be a mapping of kinds, like `channels:`")
CONTROL_CHARACTER = _error(1013, "the character {character} is not allowed in YAML")
LINK_LOOP = _error(1014, "this link leads back to a folder above it")
NO_STATION_FILES = _error(1015, "no station: {reason}")

# 2xxx validate: each document for itself
UNKNOWN_KEY = _error(2001, "unknown key `{key}`")
MISSING_KEY = _error(2002, "the key `{key}` is missing")
WRONG_TYPE = _error(2003, "expected {expected}, found {found}")
UNKNOWN_VALUE = _error(2004, "`{value}` is not one of {known}")
DUPLICATE_NAME = _error(2005, "{kind} `{name}` is declared twice")
BAD_DURATION = _error(2006, "`{value}` is not a duration")
BAD_TIME = _error(2007, "`{value}` is not a time of day")
BAD_BIT_RATE = _error(2008, "`{value}` is not a bit rate")
BAD_RESOLUTION = _error(2009, "`{value}` is not a picture size")
BAD_FRAME_RATE = _error(2010, "`{value}` is not a frame rate")
OUT_OF_RANGE = _error(2011, "`{value}` is out of range: {rule}")
UNKNOWN_TIMEZONE = _error(2012, "no time zone named `{name}`")
BAD_CHANNEL_NUMBER = _error(2013, "`{value}` is not a channel number")
BAD_CHANNEL_ID = _error(2014, "`{value}` is not a channel id")
KEY_WITHOUT_EFFECT = _error(2016, "`{key}` has no effect {where}")
KEY_NEEDED = _error(2017, "{what} needs `{key}`")
NO_STATION = _error(2018, "no file declares `station`")
DUPLICATE_NUMBER = _error(2019, "channel number `{number}` is used twice")
DUPLICATE_ID = _error(2020, "channel id `{id}` is used twice")
ENVIRONMENT_NOT_HERE = _error(2021, "`${{{name}}}` is read only in `sources` and `config.yaml`")
DUPLICATE_ITEM = _error(2022, "the item id `{id}` is used twice in this source")
BAD_NAME = _error(2023, "`{name}` cannot be a name")
NAME_CHANGED = _warning(2081, "{who} `{name}` as `{shown}`")
ID_BEGINS_ANOTHER = _warning(2082, "the channel id `{id}` is how `{other}` begins")
NOTHING_LISTED = _error(2024, "this list needs at least one entry")
BAD_DATE = _error(2025, "`{value}` is not a date")
BAD_VALUE = _error(2026, "this value does not fit: {reason}")
KEY_OF_ANOTHER = _error(2027, "`{key}` does not belong to {what}")
EXTENDS_UNKNOWN = _error(2028, "no {kind} named `{name}` to extend")
EXTENDS_CYCLE = _error(2029, "the {kind} `{name}` extends itself")
EXTENDS_OTHER_KIND = _error(2030, "a schedule of kind `{kind}` cannot extend one of kind `{other}`")
BACKWARDS = _error(2031, "`{value}` ends before it begins")
NO_SUCH_DAY = _error(2032, "there is no day `{value}`")
BAD_NTH = _error(2033, "`{value}` is not a weekday of a month")
BAD_EASTER = _error(2034, "`{value}` is not days around Easter")
BAD_MOMENT = _error(2035, "`{value}` is not a moment")
BAD_LANGUAGE = _error(2036, "`{value}` is not a language")
BAD_WIDTH = _error(2037, "`{value}` is not a width")
NOTHING_DECIDED = _error(2038, "{what} says nothing: it needs one of {keys}")
BAD_LOUDNESS = _error(2060, "`{value}` is not a loudness")
CODEC_CANNOT = _error(2061, "`codec: {codec}` has no {what} of {value}")
SECRET_WRITTEN = _error(2070, "a secret does not stand in a station's files")

# 3xxx resolve: names, and media of the catalog
UNKNOWN_COLLECTION = _error(3001, "no collection or source named `{name}`")
UNKNOWN_SCHEDULE = _error(3002, "no schedule named `{name}`")
UNKNOWN_FILLER = _error(3003, "no filler named `{name}`")
UNKNOWN_PROFILE = _error(3004, "no profile named `{name}`")
UNKNOWN_MEDIA = _error(3005, "no media item with the id `{id}`")
NEVER_SCANNED = _error(3006, "the source `{name}` has never been scanned")
SCAN_OUTDATED = _warning(3007, "the source `{name}` was changed after its last scan")
MEDIA_MISSING = _warning(3008, "the media item `{id}` was missing at the last scan")
EMPTY_COLLECTION = _warning(3009, "the collection `{name}` holds nothing")
NOTHING_TO_PLAY = _error(3010, "the schedule `{name}` has nothing at all to play")
NO_DURATION = _error(3011, "`{id}` is live and never ends, and neither does its place")
CURSOR_DIFFERS = _error(3012, "the cursor `{name}` is used with another {what}")
WHERE_NOT_SQL = _error(3013, "this is not one SQL expression: {reason}")
WHERE_REFUSED = _error(3014, "{what} may not be used here")
WHERE_UNKNOWN_COLUMN = _error(3015, "media have no column `{name}`")
WHERE_WRONG_TYPE = _error(3016, "this expression does not fit the columns' types: {reason}")
WHERE_NOT_BOOLEAN = _error(3017, "`where` must be true or false for each item; this gives {type}")
WHERE_FAILED = _error(3018, "this expression failed on the catalog: {reason}")
COLLECTION_CYCLE = _error(3019, "the collection `{name}` is made from itself")
LOOP_NOT_FALLBACK = _error(3020, "the filler `{name}` has `mode: loop`, which only `fallback` plays")
FALLBACK_NOT_LOOP = _error(3021, "the fallback `{name}` has `mode: {mode}`, but a fallback plays on and on")
UNKNOWN_BLOCK = _error(3022, "this schedule has no block named `{name}`")
UNKNOWN_TEMPLATE = _error(3023, "this schedule has no template named `{name}`")
NOT_A_LOOP = _error(3024, "`{name}` is of kind `{kind}`, and a `sequence` needs a loop")
SCHEDULE_CYCLE = _error(3025, "the schedule `{name}` plays itself")
LIST_NOT_READ = _error(3026, "the list `{path}` cannot be read: {reason}")
LIST_NOT_FETCHED = _warning(3027, "the list of the schedule `{name}` was not fetched: {reason}")
LIST_NEVER_FETCHED = _error(3028, "the list of the schedule `{name}` has never been fetched")
LIST_OUTDATED = _warning(3029, "the address of this list was changed after it was last fetched")
LIST_DAMAGED = _error(3030, "this list cannot be used: {reason}")
LISTED_MEDIA_UNKNOWN = _warning(3031, "`{place}` of this list is no known media item: `{key}`")
LISTED_OUT_OF_TURN = _warning(3032, "`{place}` of this list is left out, as it {reason}")
PICTURE_NOT_SHOWN = _warning(3033, "the picture `{path}` cannot be shown: {reason}")
RATES_DIFFER = _error(
    3060, "`frame_rate: source` needs one rate: `{first}` has {rate}, and `{second}` has {other}"
)
RATE_UNKNOWN = _error(3061, "`frame_rate: source` needs media of a known rate, and `{channel}` has none")
COPY_DIFFERS = _error(
    3062, "`codec: copy` needs one {what}: `{first}` has {value}, and `{second}` has {other}"
)
COPY_IMPOSSIBLE = _error(3063, "`codec: copy` cannot send `{id}`: {reason}")
COPY_UNTOUCHED = _error(3064, "`codec: copy` leaves pictures as they are, and `{channel}` has {what}")
TEXT_FOR_HLS_ALONE = _warning(
    3065, "`{channel}` sends text like that of `{id}` in HLS alone: its tuners and `.ts` have no subtitles"
)
PICTURES_FOR_SOME = _warning(
    3066, "`{channel}` sends subtitles like those of `{id}` as DVB subtitles: not every player shows them"
)

# 4xxx lower: schedules to rundowns
TWO_PADS = _error(4001, "an item can have one `pad` filler, this one has two")
ITEM_TOO_SHORT = _warning(4002, "`{id}` is shorter than a second, and is not scheduled")
TIME_SKIPPED = _note(4003, "on {date} the clock skips this start; it is at {time}")
TIME_REPEATED = _note(4004, "on {date} the clock shows {time} twice; this start is the first of them")
PAD_IN_BREAK = _error(4010, "the filler `{name}` has `mode: pad`, and a break has no mark to end on")
CLIPS_TOO_LONG = _warning(4011, "no clip of `{name}` is as short as its `duration` of {duration}")
SEQUENCE_TOO_LONG = _error(4015, "the schedule `{name}` has more than {limit} entries, its sequences inlined")
FINISH_BEFORE_STRICT = _error(4016, "`overrun: finish` stands directly before a strict start")
FIXED_IN_DECK = _error(4017, "a fixed start has no place in a shuffled list")
WEIGHT_UNREACHABLE = _warning(
    4018, "`{name}` has a weight of {share}, and its limits leave it {reachable} at most"
)
SLOTS_COLLIDE = _error(4020, "two slots start at {time}, {days}")
SLOT_NEVER_ON = _warning(4021, "the slot `{name}` is never on the air: others cover all of it")
BLOCKS_OVERLAP = _error(4022, "the block `{name}` starts at {start}, before `{other}` has ended")
BLOCK_CUT = _warning(4023, "`{name}` is cut by {cut}: the next day begins with `{other}`")
NO_DAY_FITS = _warning(4024, "no day fits this rule")
RULE_NEVER_CHOSEN = _warning(4025, "each day that fits this rule follows another one")
EVENTS_COLLIDE = _error(4026, "two events start at {time} on {date}")

# 5xxx schedule, guide, verify: rundowns to the timeline
LONG_WAIT = _warning(5001, "filler plays for {wait} before the fixed start of `{name}`")
ITEM_TOO_LONG = _warning(5002, "`{id}` takes {length} here, longer than its place, and is passed over")
NOTHING_PLAYS = _warning(5003, "nothing in the schedule `{name}` can play; the fallback does")
SKIPPED_BY_LATENESS = _note(5004, "`{name}` of {at} is skipped, as what came before ran over all of it")
EVENT_DROPPED = _warning(
    5006, "the event `{name}` of {at} is left out: nothing of it ends before the next one"
)
ALL_EXCLUDED = _note(5005, "the limits exclude every source of `{name}`; the least recently used one plays")
NO_CHAPTERS = _note(5020, "`{id}` has no chapters, so `{name}` gives it no break")
FILLER_FALLS_SHORT = _warning(5021, "`{name}` leaves {left} of its time to the fallback")
POLICY_NOT_SQL = _error(5040, "this is not one SQL query: {reason}")
POLICY_NOT_BOUND = _error(5041, "this query does not fit the timeline's tables: {reason}")
POLICY_FAILED = _error(5042, "the policy `{name}` cannot be checked: {reason}")
DEAD_AIR = _error(5043, "{length} of {what} on `{channel}` from {at}, and `{name}` allows {most}")
POLICY_FOUND = _error(5044, "`{name}` finds {facts}")
REPEATED_TOO_SOON = _error(
    5045, "`{id}` on `{channel}` at {at}, {spacing} after the last; `{name}` asks for {least}"
)
TOO_MUCH_FILLER = _error(
    5046, "{length} of filler on `{channel}` in the hour of {at}, and `{name}` allows {most}"
)
TEST_FAILED = _error(5047, "expected {key} `{wanted}`, found {found}")
TEST_NOT_PLANNED = _note(5048, "nothing is planned on `{channel}` at {at}, so this test was not run")
UNKNOWN_CHANNEL = _error(5049, "no channel named `{name}`")

# 6xxx catalog, sources, scan: what is known of media
LOCK_DAMAGED = _error(6001, "the lock is damaged: {reason}")
SOURCE_NOT_SCANNED = _warning(6002, "the source `{name}` was not scanned: {reason}")
MEDIA_LEFT_OUT = _warning(6003, "`{id}` is left out: {reason}")
FOLDER_LEFT_OUT = _warning(6004, "the folder `{path}` is left out: {reason}")
UNKNOWN_PLACEHOLDER = _error(6005, "no placeholder named `{{{name}}}`")
BAD_FACT = _warning(6006, "`{id}` says `{fact}` is `{value}`, which is {reason}")
NOT_LOOKED_INTO = _warning(6011, "`{id}` is not looked into: {reason}")
SIDECAR_UNREADABLE = _warning(6010, "`{path}` is not read: {reason}")
NOT_ENRICHED = _warning(6012, "`{name}` was not enriched by `{by}`: {reason}")
NOT_CARRIED_OVER = _warning(6020, "not carried over: {what}")
IMPORT_SHAPE = _error(6021, "this cannot be imported: {reason}")
IMPORT_NOT_FOUND = _error(6022, "there is no file `{path}` to import")
IMPORT_UNKNOWN = _error(6023, "no {kind} with the key `{name}`")

# 7xxx plan and publish
STATE_LOST = _warning(7001, "progress starts afresh: {reason}")
NO_SUCH_VERSION = _error(7002, "no version {version} of the timeline is kept")
NO_OLDER_VERSION = _error(7003, "no version before {version} is kept, which is on air")
VERSION_UNUSABLE = _error(7004, "this version cannot go on air: {reason}")
VERSION_OVER = _error(7005, "version {version} cannot go on air: it ended at {end}")
NO_STATE = _error(7006, "no state can be read here: {reason}")
STATE_TOO_LATE = _error(7007, "this channel's state begins at {at}, and the timeline ends at {end}")
STATE_OF_ANOTHER = _warning(7008, "this is the state of the station `{other}`, and this one is `{name}`")
NOT_CHECKED_OUT = _error(7010, "the commit `{commit}` cannot be checked out: {reason}")
PINNED = _warning(7011, "version {version} is pinned, so {what}")

# 8xxx settings and runtime: this machine
UNKNOWN_VARIABLE = _error(8001, "no setting belongs to the environment variable `{name}`")
VARIABLE_NOT_SET = _error(8002, "the environment variable `{name}` is not set")
BAD_DEVICE_ID = _error(8003, "`{value}` is not an HDHomeRun device id")
DEVICE_ID_CHECKSUM = _warning(8004, "`{value}` fails the HDHomeRun checksum, some players ignore it")
BAD_URL = _error(8005, "`{value}` is not a public URL")
BAD_HOST_NAME = _error(8020, "`{value}` is not a host name")
BAD_NETWORK = _error(8021, "`{value}` is not an address or a network")
BAD_TOKEN = _error(8022, "this token cannot be used: {reason}")
BAD_REMOTE = _error(8010, "`{value}` is not the address of a git repository")
BAD_BRANCH = _error(8011, "`{value}` is not the name of a branch")

# 9xxx our bugs
INTERNAL = _error(9000, "exstv itself failed in {stage}: {reason}")


CODES: dict[str, Code] = {value.id: value for value in list(globals().values()) if isinstance(value, Code)}
"""Every code by its id."""
