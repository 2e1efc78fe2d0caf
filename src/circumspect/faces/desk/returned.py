"""What a check-in has to say, in words for the desk: where the item goes, and what was found out on the way.

Nothing of a patron is in it: who had the item is not known here, and who waits has a code.
"""

from __future__ import annotations

from dataclasses import dataclass

from circumspect.faces.desk import shown
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.screens import Said, Tone
from circumspect.records.circulation.returning import MESSAGE_WORDS, CheckedIn, Message
from circumspect.records.fees.rules import dollars

# Told by the headline, or together with where the item goes.
_SAID_OTHERWISE = (Message.WAS_NOT_OUT, Message.USED_HERE, Message.SEND_ON, Message.FOR_THE_SHELF)
_NEEDS_A_HAND = {
    Message.DAMAGED,
    Message.WITHDRAWN,
    Message.SEND_ON,
    Message.FOR_THE_SHELF,
    Message.GOES_HOME,
}


@dataclass(frozen=True, slots=True)
class SlipWanted:
    """A slip that lies in the item: where it goes, or under which code it waits.

    Attributes:
        kind: "transit" or "hold".
        branch: Where to.
        code: The pick-up code; "" on the way.
        until: The last day on the shelf, as a date's text; "" on the way.
    """

    kind: str
    barcode: str
    branch: str
    code: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One line of the list of what was taken back."""

    tone: Tone
    headline: str
    title: str
    barcode: str
    lines: tuple[str, ...]
    slip: SlipWanted | None = None


def said(back: CheckedIn) -> Said:
    """The answer on the desk's own screen."""
    line = line_of(back)
    return Said(line.tone, line.headline, line.title, lines=line.lines)


def line_of(back: CheckedIn) -> ReturnLine:
    """What came of one check-in."""
    told = set(back.messages)
    headline = "Checked in"
    if Message.USED_HERE in told:
        headline = "Counted as used here"
    elif not back.was_out and Message.WAS_NOT_OUT in told:
        headline = MESSAGE_WORDS[Message.WAS_NOT_OUT]
    lines = [*_where(back), *(_words(back, each) for each in back.messages if each not in _SAID_OTHERWISE)]
    tone = Tone.NOTE if told & _NEEDS_A_HAND or Message.WAS_NOT_OUT in told else Tone.DONE
    return ReturnLine(tone, headline, back.item.title, back.item.barcode, tuple(lines), _slip(back))


def _where(back: CheckedIn) -> list[str]:
    if back.hold is not None and back.hold.on_shelf:
        until = f", until {shown.in_full(back.hold.pick_up_by)}" if back.hold.pick_up_by else ""
        return [f"Put it on the hold shelf under {back.hold.pickup_code}{until}."]
    if back.transit_to:
        place = branch_names().get(back.transit_to, back.transit_to)
        return [f"Send it to {place}{', where somebody waits for it' if back.hold else ''}."]
    return []


def _words(back: CheckedIn, message: Message) -> str:
    if message is Message.FINED:
        return f"It was late: {dollars(back.fine_cents)} was charged."
    if message is Message.CREDITED:
        return f"{dollars(back.credited_cents)} that was still owed for it has been credited."
    if message is Message.DAMAGED and back.damage_cents:
        return f"{MESSAGE_WORDS[message]} {dollars(back.damage_cents)} was charged."
    return MESSAGE_WORDS[message]


def _slip(back: CheckedIn) -> SlipWanted | None:
    if back.hold is not None and back.hold.on_shelf:
        until = back.hold.pick_up_by.isoformat() if back.hold.pick_up_by else ""
        return SlipWanted("hold", back.item.barcode, back.hold.pickup_branch, back.hold.pickup_code, until)
    if back.transit_to:
        return SlipWanted("transit", back.item.barcode, back.transit_to)
    return None
