"""What the desk shows of what somebody waits for: their holds, and what other libraries are asked for.

The sheet opens when a clerk asks for it, never by itself. It stands beside the patron it belongs to.

Source: issue "The circulation desk complete", holds; clauses MP-4.11, MP-4.12, MP-7.15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from circumspect.faces.desk import shown
from circumspect.records.catalog.facts import Found
from circumspect.records.holds.placing import OpenHold
from circumspect.records.ill.asking import OwnRequest
from circumspect.records.ill.states import Stage


@dataclass(frozen=True, slots=True, repr=False)
class HoldRow:
    """A hold in words."""

    id: int
    title: str
    about: str
    state: str
    tone: str
    branch: str
    branch_name: str
    code: str
    is_waiting: bool
    is_frozen: bool


@dataclass(frozen=True, slots=True, repr=False)
class RequestRow:
    """A request to another library, in words."""

    id: int
    title: str
    state: str


@dataclass(frozen=True, slots=True, repr=False)
class TitleRow:
    """A title that a hold may be placed on; with the copy that was scanned, if one was.

    Attributes:
        override: Stopped, and whoever is at the desk may go on all the same, with a reason.
    """

    id: int
    title: str
    author: str
    year: str
    copies: str
    copy: str = ""
    override: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class HoldSheet:
    """The sheet. Prints as nothing.

    Attributes:
        ready: How many stand on a shelf.
        found: What a search for a title found; None where nothing was searched.
        branch: Where a new hold is picked up unless said otherwise.
    """

    holds: Sequence[HoldRow]
    requests: Sequence[RequestRow]
    ready: int
    branches: Mapping[str, str]
    branch: str
    words: str = ""
    found: Sequence[TitleRow] | None = None


def hold_row(hold: OpenHold, branches: Mapping[str, str]) -> HoldRow:
    """One hold, in words that may be overheard."""
    where = branches.get(hold.pickup_branch, hold.pickup_branch)
    tone = ""
    if hold.state == "on_shelf":
        state, tone = f"Ready until {shown.in_full(hold.pick_up_by)}", "ok"
    elif hold.state == "in_transit":
        state = "On its way"
    elif hold.state == "frozen":
        until = f" until {shown.in_full(hold.frozen_until)}" if hold.frozen_until else ""
        state = f"Frozen{until}, number {hold.position} of {hold.waiting}"
    else:
        state = f"Number {hold.position} of {hold.waiting}"
    about = [hold.author, f"only {hold.barcode}" if hold.barcode else ""]
    return HoldRow(
        hold.hold_id,
        hold.title,
        " · ".join(part for part in about if part),
        state,
        tone,
        hold.pickup_branch,
        where,
        hold.pickup_code,
        hold.state in ("waiting", "frozen"),
        hold.state == "frozen",
    )


_REQUEST_WORDS = {Stage.REQUESTED: "Not sent yet", Stage.SENT: "A library has been asked"}


def request_row(request: OwnRequest) -> RequestRow:
    """One request, in words."""
    return RequestRow(
        request.request_id, request.citation.title, _REQUEST_WORDS.get(request.stage, request.stage.value)
    )


def title_row(found: Found, copy: str = "") -> TitleRow:
    """One title that was found."""
    copies = f"{found.available} of {found.copies} on the shelf"
    return TitleRow(found.title_id, found.title, found.author, str(found.year or ""), copies, copy)
