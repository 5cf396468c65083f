"""Broken promises: failures that are no mistake in the station.

ExstvError            base; its text is shown to the user as it is, without a traceback
├── CannotStart       a system that `exstv` cannot run without did not start; the text says why
├── TimelineUnusable  the published timeline is missing, damaged or of another format version
└── PinnedMeanwhile   a version was pinned, or unpinned, while a compile of something else went on
"""


class ExstvError(Exception):
    """A failure with a message for the user."""


class CannotStart(ExstvError):
    """A needed system did not start."""


class TimelineUnusable(ExstvError):
    """No timeline can be read from this file."""


class PinnedMeanwhile(ExstvError):
    """Nothing was published, as another pin counts now than when the compile began."""
