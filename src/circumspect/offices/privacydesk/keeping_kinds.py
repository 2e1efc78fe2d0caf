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

from circumspect.offices.privacydesk.machines import Ask, Field, Machine, Moment, Right, Standing, Step
from circumspect.offices.privacydesk.scopes import Scope, ScopeError


class KeepingKind(StrEnum):
    """Their codes."""

    PRESERVATION = "preservation"
    TIPLINE = "tipline"
    BREACH = "breach"


def _text(name: str, label: str, *, required: bool = True, hint: str = "") -> Field:
    return Field(name, label, required=required, hint=hint)


_COUNSEL = (
    _text("counsel_name", "Counsel's name"),
    Field(
        "counsel_reached",
        "Was counsel reached?",
        Ask.CHOICE,
        choices=(("reached", "Reached"), ("not", "Not reached")),
    ),
    Field("counsel_at", "When", Ask.MOMENT),
    Field("counsel_advice", "What counsel said, or why they were not reached", Ask.LONG),
)


def _everywhere(states: frozenset[str], *, before: frozenset[str], counsel: bool = True) -> tuple[Step, ...]:
    """Notes that every kind has; and how it can be refused or come to nothing, from the states named."""
    steps: list[Step] = []
    if before:
        steps += [
            Step(
                "refuse",
                "Refuse",
                before,
                "refused",
                is_quiet=True,
                about="A letter in the library's wording is ready at once.",
            ),
            Step("withdraw", "They withdrew it", before, "withdrawn", is_quiet=True),
        ]
    if counsel:
        steps.append(Step("counsel", "Note a word with counsel", states, fields=_COUNSEL, is_quiet=True))
    steps.append(
        Step(
            "deadline",
            "Set a deadline",
            states,
            fields=(Field("due_on", "Day", Ask.DAY), _text("due_what", "What is due")),
            is_quiet=True,
        )
    )
    return tuple(steps)


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
    _text("agency", "The governmental entity that asks"),
    _text("requester", "Who signed it: name and rank or title"),
    _text("contact", "How to reach them, under a number you looked up yourself"),
    _text("their_number", "Their case number", required=False),
    Field("requested_at", "The moment from which it runs: when the library received it", Ask.MOMENT),
    Field("in_writing", "It is in writing, dated and signed, and with this case", Ask.MUST),
    Field("governmental", "A governmental entity asks, not a private person", Ask.MUST),
)
RENEWAL = (
    _text("renewal_by", "Who signed the new request"),
    Field("renewed_at", "When the library received the new request", Ask.MOMENT),
    Field(
        "renewal_in_writing",
        "It is a new request: in writing, dated and signed, and with this case",
        Ask.MUST,
    ),
)
_COPY = (Field("copy", "Copy", Ask.HIDDEN), Field("copy_until", "Kept until", Ask.HIDDEN))

_P_BEFORE = frozenset({"received", "checked", "named"})
_P_KEPT = frozenset({"kept", "renewed"})

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
        *_everywhere(_P_BEFORE | _P_KEPT, before=_P_BEFORE),
        Step(
            "check",
            "Check the request",
            frozenset({"received"}),
            "checked",
            PRESERVATION_REQUEST,
            guards=(_request_is_past,),
            about="No judge is needed to preserve, and nothing is handed over by it.",
        ),
        Step(
            "scope",
            "Say what it names",
            frozenset({"checked", "named"}),
            "named",
            (Field("scope", "Scope", Ask.HIDDEN),),
            guards=(_scope_can_be_read,),
            makes="scope",
            about="Exactly what the request names, and nothing beside it.",
        ),
        Step(
            "keep",
            "Make the sealed copy",
            frozenset({"checked", "named"}),
            "kept",
            _COPY,
            needs=("requested_at", "in_writing", "governmental"),
            guards=(_request_is_past,),
            makes="copy",
            about=(
                "Nobody sees it, and nothing shortens it. Where only a computer or a deposit is named, it is made empty:"
                " what the custodian deposits goes into it."
            ),
        ),
        Step(
            "machine",
            "Take a computer out of service",
            frozenset({"checked", "named"}) | _P_KEPT,
            fields=(_text("seat_name", "The computer, as it is called on the panel"),),
            needs=("requested_at",),
            makes="seat",
            is_quiet=True,
            about="It stays as it stands, and is wiped by itself when the time is over.",
        ),
        Step(
            "spare",
            "Keep a letter, or a report of behaviour",
            _P_KEPT,
            fields=(
                Field(
                    "spared_series",
                    "What it is",
                    Ask.CHOICE,
                    choices=(("letter", "A letter"), ("report", "A report of behaviour")),
                ),
                _text("spared_number", "Its number, as it stands on its page"),
            ),
            needs=("copy",),
            makes="spare",
            is_quiet=True,
            about="It stays where it is until the copy ends; then the ordinary rule goes on.",
        ),
        Step(
            "renew",
            "Renew it once, on a new request",
            frozenset({"kept"}),
            "renewed",
            (*RENEWAL, Field("copy_until", "Kept until", Ask.HIDDEN)),
            needs=("copy",),
            guards=(_request_is_new,),
            makes="renewal",
        ),
        Step(
            "opened",
            "Open it, on legal process",
            _P_KEPT,
            fields=(
                _text(
                    "process_case",
                    "The number of the case in which the court order or warrant was checked",
                    hint="Such as 7K3F-9QMA-0T2X. Without one nobody can open it, whoever they are.",
                ),
            ),
            needs=("copy",),
            right=Right.AUTHORISE,
            makes="process",
        ),
        # Taken by the house alone, when the copy has been destroyed: no form offers it.
        Step(
            "end",
            "Its time is over",
            _P_KEPT,
            "ended",
            (Field("destroyed_at", "Destroyed", Ask.HIDDEN),),
            needs=("destroyed_at",),
            is_quiet=True,
        ),
    ),
    about=(
        "Preserve, and hand nothing over: what is kept opens on a court order or warrant alone.",
        "It reaches back and not forward: what is here now is kept, and nothing is collected for anybody.",
        "Forgetting goes on for everything that is not in the copy.",
    ),
    settled=_P_KEPT,
)

# the tipline

_NO_PICTURE = "Facts only. Do not look again, copy, print or send anything, and never put a picture here."
FOUND = (
    Field("found_at", "When it was found", Ask.MOMENT),
    _text("found_where", "On which computer, or in which service"),
    _text("found_by", "Who came upon it, in the course of which work"),
    Field("found_what", "What was come upon, in a sentence", Ask.LONG, hint=_NO_PICTURE),
    Field("not_searched", "It was come upon: nobody searched or watched for it", Ask.MUST),
)
COUNSEL_STEP = (
    Field(
        "attorney",
        "The library's attorney",
        Ask.CHOICE,
        choices=(("reached", "Was reached"), ("not", "Was not reached")),
    ),
    Field("attorney_at", "When they were called, or spoken to", Ask.MOMENT),
    Field("attorney_word", "What they said; or how often they were called, and why it cannot wait", Ask.LONG),
)
REPORTED = (
    _text("report_number", "The report's number"),
    Field("reported_at", "When the report was made", Ask.MOMENT),
    _text("reported_by", "Who made it, and the library's point of contact named in it"),
)
DECIDED = (
    Field(
        "no_report",
        "Why there is nothing to report",
        Ask.CHOICE,
        choices=(
            ("not_apparent", "On the facts it is not apparently what the law speaks of"),
            ("not_provider", "Counsel says that the library is not the one who must"),
            ("reported_already", "It has been reported already, by somebody else"),
        ),
    ),
    _text("decided_by", "Who decided: name and title"),
    Field("decision", "The decision and its reasons", Ask.LONG),
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
        *_everywhere(_T_OPEN, before=frozenset(), counsel=False),
        Step(
            "found", "Write down what was found", frozenset({"received"}), "found", FOUND, about=_NO_PICTURE
        ),
        Step(
            "attorney",
            "The attorney was called",
            frozenset({"found", "counselled"}),
            "counselled",
            COUNSEL_STEP,
            about="They should be asked before the report. Not reached, with the reason, is an answer: the report goes on.",
        ),
        Step(
            "isolate",
            "Take the computer out of service",
            _T_OPEN - {"received"},
            fields=(_text("seat_name", "The computer, as it is called on the panel"),),
            needs=("found_at",),
            makes="seat",
            about="Nobody logs off, switches off or wipes it.",
        ),
        Step(
            "report",
            "It was reported",
            frozenset({"counselled"}),
            "reported",
            (*REPORTED, Field("keep_until", "Kept until", Ask.HIDDEN)),
            needs=("found_at", "attorney", "attorney_at", "attorney_word"),
            guards=(_report_after_finding,),
            makes="report",
        ),
        Step(
            "nothing_to_report",
            "Record a decision not to report",
            frozenset({"counselled"}),
            "no_report",
            DECIDED,
            needs=("found_at", "attorney", "attorney_at", "attorney_word"),
            right=Right.AUTHORISE,
            is_quiet=True,
        ),
        Step(
            "close",
            "Close it",
            frozenset({"reported"}),
            "kept",
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
    _text("delay_agency", "The law-enforcement agency that asks for it"),
    _text("delay_signed", "Who signed it"),
    Field("delay_on", "Its date", Ask.DAY),
    Field("delay_until", "Until when", Ask.DAY),
    Field(
        "delay_in_writing", "It is in writing, with this case, and says that notice would interfere", Ask.MUST
    ),
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
        *_everywhere(_B_OPEN, before=frozenset()),
        Step(
            "assess",
            "Say what was reachable",
            frozenset({"received", "assessed", "prepared"}),
            "assessed",
            (
                Field("breach_at", "When it happened, as far as is known", Ask.MOMENT),
                Field("discovered_at", "When the library learned of it", Ask.MOMENT),
                Field("breach_what", "What happened", Ask.LONG),
                Field(
                    "breach_steps", "What was done to end it, and to keep it from happening again", Ask.LONG
                ),
                Field("reached", "Reached", Ask.HIDDEN),
                Field("exposed", "Exposed", Ask.HIDDEN),
                Field("letters", "Letters", Ask.HIDDEN),
                Field("affected", "Affected", Ask.HIDDEN),
                Field("over_threshold", "Over the threshold", Ask.HIDDEN),
            ),
            makes="exposure",
        ),
        Step(
            "prepare",
            "The letters are approved",
            frozenset({"assessed"}),
            "prepared",
            (
                _text("approved_by", "Who approved their wording"),
                Field("no_number", "No letter says how many people are affected", Ask.MUST),
            ),
            needs=("reached", "exposed", "letters"),
            right=Right.AUTHORISE,
        ),
        Step(
            "delay",
            "Law enforcement asks to wait",
            frozenset({"assessed", "prepared"}),
            "held_back",
            DELAY,
            guards=(_delay_lies_ahead,),
            is_quiet=True,
            about="Nothing else puts a notice off.",
        ),
        Step("resume", "The request to wait has ended", frozenset({"held_back"}), "assessed"),
        Step(
            "attorney_general",
            "The Attorney General was told",
            _B_OPEN - {"received"},
            fields=(Field("ag_told_at", "When", Ask.MOMENT), _text("ag_how", "How, and under which number")),
        ),
        Step(
            "send",
            "The notices are going out",
            frozenset({"prepared"}),
            "telling",
            (Field("sent_on", "From which day on", Ask.DAY),),
            guards=(_attorney_general_told,),
            right=Right.AUTHORISE,
        ),
        Step(
            "done",
            "Everybody was told",
            frozenset({"telling"}),
            "told",
            (
                Field("told_on", "By which day", Ask.DAY),
                _text("told_how", "How: by letter, and how those whose letters came back"),
            ),
        ),
        Step(
            "nobody",
            "Nobody has to be told",
            frozenset({"assessed"}),
            "nobody",
            (_text("nobody_by", "Who decided: name and title"), Field("nobody_why", "Why", Ask.LONG)),
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
