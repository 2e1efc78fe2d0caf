"""Three more kinds of request: preserve, report to the CyberTipline, breach of security; each a table of states and steps.

None of them hands anything over: there is no state in which something has left the library.

- *Preservation*: a written request of a governmental entity, what it names, a sealed copy for 90 days from the request,
  once more on a new request, and an end that only time brings. There is no step that shortens it.
- *CyberTipline*: what was found (never the picture), counsel reached or not reached and why, the machine set aside,
  and then a report number or a decision. "Not reached" lets it go on: reporting is never held up for ever.
- *Breach*: what was reachable, who has to be told, the notices. Telling is put off only by a written request of law
  enforcement, and that request ends.

Pure. Source: clauses MP-6.8 to MP-6.14, TH-1.23; 18 USC 2703(f) and 2258A; 815 ILCS 530; tensions 9, 10 and 18.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from circumspect.offices.privacydesk.machines import (
    Machine,
    Moment,
    Right,
    Standing,
)
from circumspect.offices.privacydesk.scopes import Scope, ScopeError
from circumspect.offices.privacydesk.steps import (
    choice,
    day,
    everywhere,
    hidden,
    long,
    moment,
    must,
    step,
    text,
)


class KeepingKind(StrEnum):
    """Their codes."""

    PRESERVATION = "preservation"
    TIPLINE = "tipline"
    BREACH = "breach"


# preservation


def _scope_can_be_read(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    try:
        Scope.from_text({**standing.known, **values}.get("scope", ""))
    except ScopeError as problem:
        return str(problem)
    return ""


def _request_is_past(standing: Standing, values: Mapping[str, str], moment: Moment) -> str:
    asked = _day_of({**standing.known, **values}.get("requested_at", ""))
    return "" if asked and asked <= moment.today else "the request cannot be of a day to come"


def _request_is_new(standing: Standing, values: Mapping[str, str], moment: Moment) -> str:
    """A renewal is a request of its own: later than the first, not of a day to come, and before the first has run out."""
    first, again = standing.known.get("requested_at", ""), values.get("renewed_at", "")
    if not again or _instant(again) <= _instant(first):
        return "a renewal is a new request, dated after the first"
    day, until = _day_of(again), _day_of(standing.known.get("copy_until", ""))
    if day is None or day > moment.today:
        return "the request cannot be of a day to come"
    if until is None or day > until:
        return "it came after what was kept had ended"
    return ""


def _day_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


def _instant(text: str) -> str:
    return text.replace("T", " ")[:16]


PRESERVATION_REQUEST = (
    text("agency", "The governmental entity that asks"),
    text("requester", "Who signed it: name and rank or title"),
    text("contact", "How to reach them, under a number you looked up yourself"),
    text("their_number", "Their case number", required=False),
    moment("requested_at", "The moment from which it runs: when the library received it"),
    must("in_writing", "It is in writing, dated and signed, and with this case"),
    must("governmental", "A governmental entity asks, not a private person"),
)
RENEWAL = (
    text("renewal_by", "Who signed the new request"),
    moment("renewed_at", "When the library received the new request"),
    must("renewal_in_writing", "It is a new request: in writing, dated and signed, and with this case"),
)
_COPY = (hidden("copy", "Copy"), hidden("copy_until", "Kept until"))

_P_BEFORE = frozenset({"received", "checked", "named"})
KEPT = frozenset({"kept", "renewed"})  # in these states a sealed copy lives

PRESERVATION = Machine(
    KeepingKind.PRESERVATION,
    "Request to preserve",
    "received",
    {
        "received": "Received: check the request",
        "checked": "Checked: say what it names",
        "named": "Named: the copy can be made",
        "kept": "Kept, sealed; it ends by itself",
        "renewed": "Kept once more, sealed; it ends by itself",
    },
    {"refused": "Refused", "withdrawn": "Withdrawn", "ended": "Ended by itself, and destroyed"},
    (
        *everywhere(_P_BEFORE | KEPT, before=_P_BEFORE),
        step(
            "check",
            "Check the request",
            "received > checked",
            *PRESERVATION_REQUEST,
            guards=(_request_is_past,),
            about="No judge is needed to preserve, and nothing is handed over by it.",
        ),
        step(
            "scope",
            "Say what it names",
            "checked named > named",
            hidden("scope", "Scope"),
            guards=(_scope_can_be_read,),
            makes="scope",
            about="Exactly what the request names, and nothing beside it.",
        ),
        step(
            "keep",
            "Make the sealed copy",
            "checked named > kept",
            *_COPY,
            needs=("requested_at", "in_writing", "governmental"),
            guards=(_request_is_past,),
            makes="copy",
            about="Nobody sees it, and nothing shortens it. Where only a computer or a deposit is named, it is made empty:"
            " what the custodian deposits goes into it.",
        ),
        step(
            "machine",
            "Take a computer out of service",
            frozenset({"checked", "named"}) | KEPT,
            text("seat_name", "The computer, as it is called on the panel"),
            needs=("requested_at",),
            makes="seat",
            is_quiet=True,
            about="It stays as it stands, and is wiped by itself when the time is over.",
        ),
        step(
            "spare",
            "Keep a letter or a report",
            KEPT,
            choice(
                "spared_series", "What it is", ("letter", "A letter"), ("report", "A report of behaviour")
            ),
            text("spared_number", "Its number, as it stands on its page"),
            needs=("copy",),
            makes="spare",
            is_quiet=True,
            about="It stays where it is until the copy ends; then the ordinary rule goes on.",
        ),
        step(
            "renew",
            "Renew it once, on a new request",
            "kept > renewed",
            *RENEWAL,
            hidden("copy_until", "Kept until"),
            needs=("copy",),
            guards=(_request_is_new,),
            makes="renewal",
        ),
        step(
            "opened",
            "Open it, on legal process",
            KEPT,
            text(
                "process_case",
                "The number of the case in which the court order or warrant was checked",
                hint="Such as 7K3F-9QMA-0T2X. Without one nobody can open it, whoever they are.",
            ),
            needs=("copy",),
            right=Right.AUTHORISE,
            makes="process",
        ),
        # Taken by the house alone, when the copy has been destroyed: no form offers it.
        step(
            "end",
            "Its time is over",
            KEPT,
            hidden("destroyed_at", "Destroyed"),
            to="ended",
            needs=("destroyed_at",),
            is_quiet=True,
        ),
    ),
    about=(
        "Preserve, and hand nothing over: what is kept opens on a court order or warrant alone.",
        "It reaches back and not forward: what is here now is kept, and nothing is collected for anybody.",
        "Forgetting goes on for everything that is not in the copy.",
    ),
    settled=KEPT,
)

# the tipline

_NO_PICTURE = "Facts only. Do not look again, copy, print or send anything, and never put a picture here."
FOUND = (
    moment("found_at", "When it was found"),
    text("found_where", "On which computer, or in which service"),
    text("found_by", "Who came upon it, in the course of which work"),
    long("found_what", "What was come upon, in a sentence", hint=_NO_PICTURE),
    must("not_searched", "It was come upon: nobody searched or watched for it"),
)
COUNSEL_STEP = (
    choice("attorney", "The library's attorney", ("reached", "Was reached"), ("not", "Was not reached")),
    moment("attorney_at", "When they were called, or spoken to"),
    long("attorney_word", "What they said; or how often they were called, and why it cannot wait"),
)
REPORTED = (
    text("report_number", "The report's number"),
    moment("reported_at", "When the report was made"),
    text("reported_by", "Who made it, and the library's point of contact named in it"),
)
DECIDED = (
    choice(
        "no_report",
        "Why there is nothing to report",
        ("not_apparent", "On the facts it is not apparently what the law speaks of"),
        ("not_provider", "Counsel says that the library is not the one who must"),
        ("reported_already", "It has been reported already, by somebody else"),
    ),
    text("decided_by", "Who decided: name and title"),
    long("decision", "The decision and its reasons"),
)


def _report_after_finding(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    found, reported = standing.known.get("found_at", ""), values.get("reported_at", "")
    return (
        "" if found and _instant(found) <= _instant(reported) else "it cannot be reported before it was found"
    )


_T_OPEN = frozenset({"received", "found", "counselled", "reported"})

TIPLINE = Machine(
    KeepingKind.TIPLINE,
    "Report to the CyberTipline",
    "received",
    {
        "received": "Write down what was found",
        "found": "Found: call the library's attorney",
        "counselled": "Report it, or record why not",
        "reported": "Reported: what was reported is kept until its day",
    },
    {"kept": "Reported, and kept for its time", "no_report": "Decided: nothing to report"},
    (
        *everywhere(_T_OPEN, before=frozenset(), counsel=False),
        step("found", "Write down what was found", "received > found", *FOUND, about=_NO_PICTURE),
        step(
            "attorney",
            "The attorney was called",
            "found counselled > counselled",
            *COUNSEL_STEP,
            about="They should be asked before the report. Not reached, with the reason, is an answer: the report goes on.",
        ),
        step(
            "isolate",
            "Take the computer out of service",
            _T_OPEN - {"received"},
            text("seat_name", "The computer, as it is called on the panel"),
            needs=("found_at",),
            makes="seat",
            about="Nobody logs off, switches off or wipes it.",
        ),
        step(
            "report",
            "It was reported",
            "counselled > reported",
            *REPORTED,
            hidden("keep_until", "Kept until"),
            needs=("found_at", "attorney", "attorney_at", "attorney_word"),
            guards=(_report_after_finding,),
            makes="report",
        ),
        step(
            "nothing_to_report",
            "Record a decision not to report",
            "counselled > no_report",
            *DECIDED,
            needs=("found_at", "attorney", "attorney_at", "attorney_word"),
            right=Right.AUTHORISE,
            is_quiet=True,
        ),
        step(
            "close",
            "Close it",
            "reported > kept",
            needs=("report_number", "reported_at", "keep_until"),
            about="What was reported stays kept until its day; a deadline says when.",
        ),
    ),
    about=(
        "Do not copy, forward, print or look again. Leave the computer as it stands.",
        "Call the attorney. If they are not reached, write that down and go on.",
        "The tipline passes reports on to the police that are concerned: no other handing over follows from it.",
    ),
    takes_no_files=True,
    settled=frozenset({"reported"}),
)

# a breach of security

_B_OPEN = frozenset({"received", "assessed", "prepared", "telling", "held_back"})
DELAY = (
    text("delay_agency", "The law-enforcement agency that asks for it"),
    text("delay_signed", "Who signed it"),
    day("delay_on", "Its date"),
    day("delay_until", "Until when"),
    must("delay_in_writing", "It is in writing, with this case, and says that notice would interfere"),
)


def _delay_lies_ahead(_standing: Standing, values: Mapping[str, str], moment: Moment) -> str:
    until = _day_of(values.get("delay_until", ""))
    return "" if until and until > moment.today else "the day until which it asks is not ahead"


def _attorney_general_told(standing: Standing, _values: Mapping[str, str], _moment: Moment) -> str:
    if standing.known.get("over_threshold") == "yes" and not standing.known.get("ag_told_at"):
        return "so many residents were affected that the Attorney General has to be told first"
    return ""


BREACH = Machine(
    KeepingKind.BREACH,
    "Breach of security",
    "received",
    {
        "received": "Say what was reachable",
        "assessed": "Assessed: prepare the notices",
        "prepared": "The notices are prepared",
        "telling": "The notices are going out",
        "held_back": "Held back on a written request of law enforcement",
    },
    {"told": "Everybody concerned was told", "nobody": "Assessed: nobody has to be told"},
    (
        *everywhere(_B_OPEN, before=frozenset()),
        step(
            "assess",
            "Say what was reachable",
            "received assessed prepared > assessed",
            moment("breach_at", "When it happened, as far as is known"),
            moment("discovered_at", "When the library learned of it"),
            long("breach_what", "What happened"),
            long("breach_steps", "What was done to end it, and to keep it from happening again"),
            hidden("reached", "Reached"),
            hidden("exposed", "Exposed"),
            hidden("letters", "Letters"),
            hidden("affected", "Affected"),
            hidden("over_threshold", "Over the threshold"),
            makes="exposure",
        ),
        step(
            "prepare",
            "The letters are approved",
            "assessed > prepared",
            text("approved_by", "Who approved their wording"),
            must("no_number", "No letter says how many people are affected"),
            needs=("reached", "exposed", "letters"),
            right=Right.AUTHORISE,
        ),
        step(
            "delay",
            "Law enforcement asks to wait",
            "assessed prepared > held_back",
            *DELAY,
            guards=(_delay_lies_ahead,),
            is_quiet=True,
            about="Nothing else puts a notice off.",
        ),
        step("resume", "The request to wait has ended", "held_back > assessed"),
        step(
            "attorney_general",
            "The Attorney General was told",
            _B_OPEN - {"received"},
            moment("ag_told_at"),
            text("ag_how", "How, and under which number"),
        ),
        step(
            "send",
            "The notices are going out",
            "prepared > telling",
            day("sent_on", "From which day on"),
            guards=(_attorney_general_told,),
            right=Right.AUTHORISE,
        ),
        step(
            "done",
            "Everybody was told",
            "telling > told",
            day("told_on", "By which day"),
            text("told_how", "How: by letter, and how those whose letters came back"),
        ),
        step(
            "nobody",
            "Nobody has to be told",
            "assessed > nobody",
            text("nobody_by", "Who decided: name and title"),
            long("nobody_why", "Why"),
            needs=("reached", "exposed"),
            right=Right.AUTHORISE,
            is_quiet=True,
        ),
    ),
    about=(
        "Close the hole first; keep what shows how it happened.",
        "What was exposed follows from which stores and keys were reachable: mark them, and the rest is worked out.",
        "Tell people without delay. No letter says how many were affected.",
    ),
)

KEEPING_MACHINES = (PRESERVATION, TIPLINE, BREACH)
