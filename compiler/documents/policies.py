"""`policies`: what must hold of the timeline. What one checks is told by its key, its name is free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from compiler.documents.scalars import Document, Duration, Name
from exstv.units import HOUR_MS


class PolicyWords(Document):
    """The words of all policies."""

    severity: Literal["error", "warning"] = Field(
        default="error", description="Whether what it finds keeps the timeline from being published."
    )


class DeadAirPolicyDocument(PolicyWords):
    """No fallback that nobody declared for longer than this."""

    max: Duration = Field(description="The longest time that an undeclared fallback or the slate may play.")


class SqlPolicyDocument(PolicyWords):
    """No row that a query finds."""

    sql: Name = Field(
        description="A query over `playout_item`, `programme` and `media`; each row is a finding.",
        examples=["select channel, start_time, title from programme where rating = 'R'"],
    )


class RepeatPolicyDocument(PolicyWords):
    """No item of a collection twice within this time on one channel."""

    min_repeat: Annotated[Duration, Field(gt=0)] = Field(
        description="The least time between two airings of an item, start to start."
    )
    collection: Name = Field(description="The collection or source that it holds for.")


class FillerPolicyDocument(PolicyWords):
    """No more filler than this in any hour of the clock."""

    max_filler_per_hour: Annotated[Duration, Field(le=HOUR_MS)] = Field(
        description="The most filler in an hour of the clock."
    )


PolicyDocument = DeadAirPolicyDocument | SqlPolicyDocument | RepeatPolicyDocument | FillerPolicyDocument
POLICIES: dict[str, type[PolicyDocument]] = {
    "max": DeadAirPolicyDocument,
    "sql": SqlPolicyDocument,
    "min_repeat": RepeatPolicyDocument,
    "max_filler_per_hour": FillerPolicyDocument,
}
"""The models by the key that tells what is checked."""
