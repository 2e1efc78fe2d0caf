"""The life of a request to another library, step by step. Pure: values in, a value out.

    requested ──> sent ──> on its way / on the hold shelf ──> lent ──> returned ──> (sent back: gone)
        │          │                     │
        └──────────┴── not filled, cancelled (gone) ; not picked up ──> returned

What is stored is *requested*, *sent* or *here*. While the book is here, how far it has come is read off the
copy itself: the hold and the loan that take it to the patron and back are those rooms' own, and no second
record says whose it is. The patron's tie is cut with the step to *here*, or with the end before it.

Source: clauses MP-4.11, TH-1.21; DOMAIN practice of interlibrary loans.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a request has come."""

    REQUESTED = "requested"
    SENT = "sent"
    IN_TRANSIT = "in_transit"
    ON_SHELF = "on_shelf"
    LENT = "lent"
    RETURNED = "returned"
    ASTRAY = "astray"  # lost, damaged or missing here: to be settled with the lender


# What is kept in the row; the other stages are worked out.
HERE = "here"
STORED = frozenset({Stage.REQUESTED.value, Stage.SENT.value, HERE})


class Act(StrEnum):
    """What can be done with a request."""

    SEND = "send"  # ask a library
    TAKE_BACK = "take_back"  # the library asked has said no: ask another one
    RECEIVE = "receive"
    NOT_FILLED = "not_filled"
    CANCEL = "cancel"
    SEND_BACK = "send_back"


_STAGE_OF_STATUS = {
    "in_transit": Stage.IN_TRANSIT,
    "hold_shelf": Stage.ON_SHELF,
    "on_loan": Stage.LENT,
    "claimed_returned": Stage.LENT,
    "available": Stage.RETURNED,
}
_BEFORE_IT_IS_HERE = frozenset({Stage.REQUESTED, Stage.SENT})
_ALLOWED: dict[Act, frozenset[Stage]] = {
    Act.SEND: frozenset({Stage.REQUESTED}),
    Act.TAKE_BACK: frozenset({Stage.SENT}),
    Act.RECEIVE: frozenset({Stage.SENT}),
    Act.NOT_FILLED: _BEFORE_IT_IS_HERE,
    Act.CANCEL: _BEFORE_IT_IS_HERE,
    # A book that went astray is settled with its lender on paper; the record of it ends here too.
    Act.SEND_BACK: frozenset({Stage.RETURNED, Stage.ASTRAY}),
}
_LEADS_TO: dict[Act, str | None] = {
    Act.SEND: Stage.SENT.value,
    Act.TAKE_BACK: Stage.REQUESTED.value,
    Act.RECEIVE: HERE,
    Act.NOT_FILLED: None,
    Act.CANCEL: None,
    Act.SEND_BACK: None,
}
_CUTS = frozenset({Act.RECEIVE, Act.NOT_FILLED, Act.CANCEL})

ACT_WORDS = {
    Act.SEND: "Only a request that no library has been asked for yet can be sent.",
    Act.TAKE_BACK: "Only a request that a library has been asked for can be taken back.",
    Act.RECEIVE: "Only a book that a library was asked for can arrive.",
    Act.NOT_FILLED: "The book is here already.",
    Act.CANCEL: "The book is here already. Cancel the hold instead.",
    Act.SEND_BACK: "Check the book in first.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What an act leads to.

    Attributes:
        state: What is stored from now on; None where the request is gone.
        cuts_link: The patron's tie and the citation go in the same transaction.
    """

    state: str | None
    cuts_link: bool


class WrongStepError(Exception):
    """The request is not at a point where that can be done.

    Attributes:
        words: One plain sentence for the desk.
    """

    def __init__(self, act: Act) -> None:
        super().__init__(ACT_WORDS[act])
        self.words = ACT_WORDS[act]


def stage_of(state: str, item_status: str | None) -> Stage:
    """How far a request has come.

    Args:
        state: As stored.
        item_status: Of the copy, while it is here.
    """
    if state != HERE:
        return Stage(state)
    return _STAGE_OF_STATUS.get(item_status or "", Stage.ASTRAY)


def step(stage: Stage, act: Act) -> Step:
    """What an act leads to at this stage.

    Raises:
        WrongStepError: It cannot be done now.
    """
    if stage not in _ALLOWED[act]:
        raise WrongStepError(act)
    return Step(_LEADS_TO[act], act in _CUTS)


def may(stage: Stage) -> frozenset[Act]:
    """What can be done at this stage: the buttons of a page."""
    return frozenset(act for act, stages in _ALLOWED.items() if stage in stages)
