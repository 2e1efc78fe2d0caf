"""The kinds of request, each as its own small table of states and steps.

Four of them can end with something leaving the library on a ground of law or permission: a court order, a search warrant
(and a subpoena once counsel has recorded the court order behind it), an officer's emergency request, the patron's
own permission or wish. A fifth, the content of a communication, has grounds of its own and cannot name a record. Every
other kind has no state in which anything has left: there is no step that leads there.

The statements of the officer's form, citations and periods are the library's to approve: see ``wording``.

Pure. Source: clauses MP-3.3 to MP-3.14, MP-5.1, MP-6.1 to MP-6.7, MP-7.6 to MP-7.9; 75 ILCS 70/1; 18 USC 2702.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from circumspect.offices.privacydesk.keeping_kinds import KEEPING_MACHINES
from circumspect.offices.privacydesk.machines import (
    NO,
    YES,
    Ask,
    Field,
    Guard,
    Machine,
    Moment,
    Right,
    Standing,
    Step,
)
from circumspect.offices.privacydesk.scopes import Identity, Scope, ScopeError, is_identity_only


class Kind(StrEnum):
    """What somebody may come with, of the kinds that are worked on case by case here."""

    COURT_ORDER = "court_order"
    WARRANT = "search_warrant"
    SUBPOENA = "subpoena"
    SEALED = "sealed_process"
    AGENCY = "agency_paper"
    INFORMAL = "informal"
    EMERGENCY = "emergency"
    PERMISSION = "permission"
    OWN_ACCESS = "own_access"
    CONTENT = "content"
    OUTSIDER = "outsider"


# guards


def _scope(known: Mapping[str, str]) -> Scope | None:
    try:
        return Scope.from_text(known.get("scope", ""))
    except ScopeError:
        return None


def _scope_stands(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    return "" if _scope({**standing.known, **values}) else "say whose record, and what of it"


def _identity_only(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    scope = _scope({**standing.known, **values})
    return (
        "" if scope and is_identity_only(scope) else "an emergency answer says who one person is, and no more"
    )


def _one_person(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    known = {**standing.known, **values}
    scope = _scope(known)
    if scope is None or len(scope.patrons) != 1:
        return "this concerns one person's own record"
    if str(scope.patrons[0]) != known.get("own_patron"):
        return "the record is not that of the person whose identity was shown"
    return ""


def _permission_holds(standing: Standing, _values: Mapping[str, str], moment: Moment) -> str:
    until = standing.known.get("permission_until", "")
    return "" if until and moment.today.isoformat() <= until else "the permission has ended"


def _looked_through(standing: Standing, _values: Mapping[str, str], moment: Moment) -> str:
    if standing.kind in moment.second_person and standing.state != "reviewed":
        return "a second person has to look it through first"
    return ""


def _packet_stands(standing: Standing, _values: Mapping[str, str], _moment: Moment) -> str:
    # The packet that was looked through and authorised is the one made last, and of the scope entered last.
    steps = [each.step for each in standing.done if each.step in ("scope", "cut")]
    return "" if steps[-1:] == ["cut"] else "the packet has to be made anew: the scope was changed"


# fields


def _text(name: str, label: str, **more: object) -> Field:
    return Field(name, label, **more)  # type: ignore[arg-type]


def _yes_no(name: str, label: str) -> Field:
    return Field(name, label, Ask.YES_NO)


COUNSEL = (
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
PAPER = (
    _text("court", "Issuing court"),
    _text("docket", "Case or docket number"),
    Field("issued_on", "Date issued", Ask.DAY),
    Field("comply_by", "To be complied with by", Ask.DAY, required=False),
    _text("served_by", "Served by whom, and how"),
    Field("served_at", "Served when", Ask.MOMENT),
)
# Each point of the form check, DOMAIN 2.4: who answered and when stands on the step.
POINTS = (
    _yes_no("p_court", "Is the issuing court named?"),
    _yes_no("p_jurisdiction", "Is it an Illinois state court or a federal court, with authority here?"),
    _yes_no("p_docket", "Is there a case or docket number?"),
    _yes_no("p_cause", "Is the title of the cause given?"),
    _yes_no("p_judge", "Is there a judge's name and signature?"),
    _yes_no("p_date", "Is it dated?"),
    _yes_no(
        "p_clerk",
        "Is there the clerk's seal or certification, or did the clerk confirm it under a number you looked up yourself?",
    ),
    _yes_no("p_addressed", "Is it directed to this library, by its legal name and the right address?"),
    _yes_no("p_particular", "Does it describe the records: whose, what, which dates?"),
    _yes_no("p_period", "Is it still within its period?"),
    _yes_no("p_complete", "Are all pages there, the signature page too?"),
    _yes_no("p_secrecy", "Has it been looked through for a term of nondisclosure, and its end noted?"),
    _yes_no("p_served", "Is it noted who served it, when and how?"),
)
DELIVERY = (
    Field(
        "delivered_by",
        "Handed over",
        Ask.CHOICE,
        choices=(("paper", "On paper"), ("file", "As an encrypted file")),
    ),
    _text("delivered_to", "To whom: name, and whom they act for"),
    Field("delivered_at", "When", Ask.MOMENT),
)
RECEIPT = (
    Field(
        "receipt",
        "The receipt",
        Ask.CHOICE,
        choices=(("signed", "Signed"), ("refused", "They refused to sign")),
    ),
    _text("receipt_name", "Printed name of whoever received it"),
    Field("receipt_at", "When", Ask.MOMENT),
)
_SCOPE = Field("scope", "Scope", Ask.HIDDEN)
_PACKET = (Field("packet", "Packet", Ask.HIDDEN), Field("packet_hash", "Hash", Ask.HIDDEN))


# steps that every kind has


def _everywhere(states: Mapping[str, str], *, after: frozenset[str] = frozenset()) -> tuple[Step, ...]:
    """Notes, counsel, deadlines; and how it can be refused or come to nothing before anything has left."""
    everywhere = frozenset(states)
    before = everywhere - after
    return (
        Step(
            "refuse",
            "Refuse",
            before,
            "refused",
            is_quiet=True,
            about="A letter in the library's wording is ready at once.",
        ),
        Step("withdraw", "They withdrew it", before, "withdrawn", is_quiet=True),
        Step("counsel", "Note a word with counsel", everywhere, fields=COUNSEL, is_quiet=True),
        Step(
            "deadline",
            "Set a deadline",
            everywhere,
            fields=(Field("due_on", "Day", Ask.DAY), _text("due_what", "What is due")),
            is_quiet=True,
        ),
        Step(
            "tell",
            "Note whether the patron is told",
            everywhere,
            fields=(
                Field(
                    "told",
                    "Is the patron told?",
                    Ask.CHOICE,
                    choices=(
                        ("yes", "Told"),
                        ("no", "Not told"),
                        ("barred", "May not be told: the paper says so"),
                    ),
                ),
                Field("told_why", "By whose advice, and why", Ask.LONG),
            ),
            is_quiet=True,
        ),
    )


_COMMON_ENDS = {"refused": "Refused", "withdrawn": "Withdrawn"}
_TAIL_STATES = {
    "checked": "Checked: say what it names",
    "scoped": "Named: the packet can be made",
    "cut": "The packet is made",
    "reviewed": "Looked through by a second person",
    "authorised": "Authorised: it can be handed over",
    "released": "Handed over: the receipt is open",
}


def _production(
    frm: str, *, needs: tuple[str, ...], done: str, guards: tuple[Guard, ...] = ()
) -> tuple[Step, ...]:
    """From a checked paper to a receipt: scope, packet, second look, authority, delivery."""
    return (
        Step(
            "scope",
            "Say what it names",
            frozenset({frm, "scoped"}),
            "scoped",
            (_SCOPE,),
            guards=(_scope_stands, *guards),
            makes="scope",
        ),
        Step(
            "cut",
            "Make the packet",
            frozenset({"scoped"}),
            "cut",
            _PACKET,
            needs=("scope",),
            guards=guards,
            makes="packet",
        ),
        Step(
            "back",
            "Back: what it names has to be changed",
            frozenset({"cut", "reviewed", "authorised"}),
            frm,
            is_quiet=True,
        ),
        Step(
            "review",
            "I have looked it through: it is within the paper",
            frozenset({"cut"}),
            "reviewed",
            not_by=("scope", "cut"),
            guards=(_packet_stands,),
            about="Somebody other than whoever named the scope and made the packet.",
        ),
        Step(
            "authorise",
            "Authorise handing it over",
            frozenset({"cut", "reviewed"}),
            "authorised",
            needs=(*needs, "scope", "packet", "packet_hash"),
            right=Right.AUTHORISE,
            guards=(_packet_stands, _looked_through, *guards),
        ),
        Step(
            "deliver",
            "Hand it over",
            frozenset({"authorised"}),
            "released",
            DELIVERY,
            needs=(*needs, "scope", "packet", "packet_hash"),
            right=Right.AUTHORISE,
            guards=(_packet_stands, *guards),
            makes="delivery",
        ),
        Step("receipt", "Enter the receipt", frozenset({"released"}), done, RECEIPT),
    )


_CHECKED = tuple(each.name for each in (*PAPER, *POINTS) if each.required)


def _order(
    kind: Kind, title: str, *, ground: str, about: tuple[str, ...], second: tuple[str, ...] = ()
) -> Machine:
    states = {
        "received": "Received: check its form",
        "with_counsel": "With counsel: a point of the form is in doubt",
        **_TAIL_STATES,
    }
    steps = (
        *_everywhere(states, after=frozenset({"released"})),
        Step(
            "check",
            "Check its form",
            frozenset({"received"}),
            "checked",
            (*PAPER, *POINTS),
            on_no="with_counsel",
            about="A single no goes to counsel, and nothing is released.",
        ),
        Step(
            "recheck",
            "Counsel has cleared it: check its form again",
            frozenset({"with_counsel"}),
            "received",
            COUNSEL,
        ),
        *_production("checked", needs=(*_CHECKED, "counsel_at", *second), done="answered"),
    )
    return Machine(
        kind,
        title,
        "received",
        states,
        {**_COMMON_ENDS, "answered": "Answered within the order"},
        steps,
        frozenset({"released", "answered"}),
        ground,
        uses_records=True,
        about=about,
    )


COURT_ORDER = _order(
    Kind.COURT_ORDER,
    "Court order for records",
    ground="a court order",
    about=(
        "Accept it and thank them. Nothing is produced now.",
        "Check the form point by point, and talk to counsel before anything is handed over.",
        "Produce only what is named.",
    ),
)

_ORDER_STANDS = (
    _text("order_counsel", "Counsel who says so"),
    Field("order_counsel_at", "When they said so", Ask.MOMENT),
    _text("order_court", "The court"),
    _text("order_number", "The order's number"),
    _text("order_judge", "The judge who signed it"),
    Field("order_signed_on", "Signed on", Ask.DAY),
)


def _subpoena() -> Machine:
    """A court order's machine with a lock before it: only counsel's word that an order stands behind it opens it."""
    behind = tuple(each.name for each in _ORDER_STANDS)
    base = _order(
        Kind.SUBPOENA,
        "Subpoena",
        ground="the court order that counsel has recorded behind it",
        about=(),
        second=behind,
    )
    states = {"locked": "Locked: a subpoena alone releases nothing", **base.states}
    steps = (
        *_everywhere(states, after=frozenset({"released"})),
        Step(
            "order_stands",
            "Counsel records the court order behind it",
            frozenset({"locked"}),
            "received",
            _ORDER_STANDS,
        ),
        *base.steps[len(_everywhere(base.states)) :],
    )
    return replace(
        base,
        first="locked",
        states=states,
        ends={**base.ends, "quashed": "Quashed or narrowed away by the court"},
        steps=(
            *steps,
            Step("quash", "The court quashed it", frozenset(states) - {"released"}, "quashed", is_quiet=True),
        ),
        about=(
            "Accept it and thank them. No data now.",
            "Send it to counsel, who may move to quash or narrow it.",
            "It stays locked until counsel records that a court order stands behind it.",
        ),
    )


SUBPOENA = _subpoena()

GO_NOW = (
    Field("go_counsel", "Counsel was called, and the officers were asked to wait for counsel", Ask.MUST),
    Field("go_copy", "We have a copy of the warrant, and have read what it names", Ask.MUST),
    Field(
        "go_escort",
        "Somebody stays with the officers, helps with what is named, and stands in nobody's way",
        Ask.MUST,
    ),
    Field("go_nothing_lost", "Nothing was deleted, altered, logged off or switched off", Ask.MUST),
    _text("go_officers", "The officers: names, agencies, badge numbers"),
    Field("go_at", "They came at", Ask.MOMENT),
)
INVENTORY = (
    Field(
        "inv_how",
        "What was done",
        Ask.CHOICE,
        choices=(
            ("viewed", "Viewed"),
            ("copied", "Copied"),
            ("taken", "Taken"),
            ("nothing", "Nothing was viewed, copied or taken"),
        ),
    ),
    Field("inv_what", "What: the thing, the machine, the records", Ask.LONG),
    Field("inv_at", "When", Ask.MOMENT),
)


def _warrant() -> Machine:
    states = {
        "received": "In force now: go through the list",
        "with_counsel": "With counsel: a point of the form is in doubt",
        **{code: words for code, words in _TAIL_STATES.items() if code != "checked"},
        "checked": "Being carried out: keep the inventory",
        "delivered": "Handed over: finish the inventory",
    }
    not_over = frozenset(states)
    steps = (
        *_everywhere(states, after=frozenset({"released", "delivered"})),
        Step(
            "go",
            "The list for now",
            not_over,
            fields=GO_NOW,
            about="The officers need not wait. Do not stand in their way.",
        ),
        Step("inventory", "Write down what was viewed, copied or taken", not_over, fields=INVENTORY),
        Step(
            "check",
            "Check its form",
            frozenset({"received", "with_counsel"}),
            "checked",
            (*PAPER, *POINTS),
            on_no="with_counsel",
        ),
        *_production("checked", needs=(*_CHECKED, "go_at"), done="delivered"),
        Step(
            "finish",
            "It is carried out, and the inventory is complete",
            frozenset({"checked", "with_counsel", "delivered"}),
            "carried_out",
            (
                Field(
                    "officers_receipt",
                    "Did the officers leave a receipt or an inventory of theirs?",
                    Ask.CHOICE,
                    choices=(("left", "They left one"), ("asked", "Asked for, and not given")),
                ),
            ),
            needs=("go_at", "inv_how", "inv_at"),
        ),
    )
    return Machine(
        Kind.WARRANT,
        "Search warrant",
        "received",
        states,
        {**_COMMON_ENDS, "carried_out": "Carried out, with an inventory"},
        steps,
        frozenset({"released", "delivered"}),
        "a search warrant",
        uses_records=True,
        about=(
            "A warrant is in force at once. Ask them to wait for counsel; they need not.",
            "Do not obstruct. Hold them to what it names.",
            "Write down everything that is viewed, copied or taken, and ask for a receipt.",
        ),
    )


WARRANT = _warrant()


def _no_release(
    kind: Kind,
    title: str,
    about: tuple[str, ...],
    *,
    ends: Mapping[str, tuple[str, str]],
    fields: tuple[Field, ...] = (),
    counsel_first: bool = False,
    is_sealed: bool = False,
) -> Machine:
    """A kind by which nothing can leave: it has no state for that, and no step that makes a packet."""
    states = {"received": "Received", **({"with_counsel": "With counsel"} if counsel_first else {})}
    steps = [*_everywhere(states)]
    if fields:
        steps.append(Step("note", "Write down who they are", frozenset({"received"}), fields=fields))
    if counsel_first:
        steps.append(Step("to_counsel", "Counsel has it", frozenset({"received"}), "with_counsel", COUNSEL))
    for code, (button, _words) in ends.items():
        frm = frozenset({"with_counsel"}) if counsel_first and code == "by_counsel" else frozenset(states)
        steps.append(Step(f"end_{code}", button, frm, code))
    return Machine(
        kind,
        title,
        "received",
        states,
        {**_COMMON_ENDS, **{code: words for code, (_button, words) in ends.items()}},
        tuple(steps),
        about=about,
        is_sealed=is_sealed,
    )


_BY_COUNSEL = {"by_counsel": ("Counsel has answered", "Answered by counsel; the library handed over nothing")}
_PRESERVE = {"preserved": ("Preserved, nothing handed over", "Preserved only")}

SEALED = _no_release(
    Kind.SEALED,
    "National-security letter or other sealed process",
    (
        "Take the paper. Say nothing more to anybody but the director and counsel.",
        "A library is not the provider that such a letter can be sent to for what it lends: that is for counsel to say.",
        "Nothing leaves by this kind. An order of a court with a secrecy term is a court order, and is sealed there.",
    ),
    ends=_BY_COUNSEL,
    counsel_first=True,
    is_sealed=True,
)
AGENCY = _no_release(
    Kind.AGENCY,
    "Paper signed by an agency, not by a judge",
    (
        "An administrative warrant or subpoena that an agency's officer signed is not a court order.",
        "Accept it, hand over nothing, send it to counsel.",
    ),
    ends={**_BY_COUNSEL, **_PRESERVE},
    counsel_first=True,
)
INFORMAL = _no_release(
    Kind.INFORMAL,
    "Informal or spoken request",
    (
        "Refuse, and explain the Act: a court order, or a written emergency request by a sworn officer.",
        "Offer to preserve what they name.",
    ),
    ends=_PRESERVE,
)
OUTSIDER = _no_release(
    Kind.OUTSIDER,
    "Press, family, employer or litigant",
    (
        "Nothing about a patron is told to the press, to relatives, to an employer or to a party in a lawsuit.",
        "Published statistics are open to everybody.",
    ),
    ends={"statistics": ("Published statistics were pointed out", "Published statistics only")},
    fields=(
        Field(
            "outsider",
            "Who asks",
            Ask.CHOICE,
            choices=(
                ("press", "Press"),
                ("family", "Family"),
                ("employer", "Employer"),
                ("litigant", "A party in a lawsuit, or its lawyer"),
                ("other", "Somebody else"),
            ),
        ),
    ),
)

# the officer's emergency request

OFFICER = (
    _text("officer_name", "Printed name"),
    _text("officer_rank", "Rank or title"),
    _text("officer_agency", "Agency"),
    _text("officer_badge", "Badge, star or ID number"),
    _text("officer_address", "Agency's address"),
    _text("officer_phone", "Office telephone"),
    _text("officer_case", "Case or incident number", required=False),
)
# The six statements, each initialled. Their wording is the library's: see ``wording``.
STATEMENTS = (
    Field("s_act", "Request under 75 ILCS 70/1", Ask.INITIALS),
    Field("s_sworn", "Sworn law enforcement officer", Ask.INITIALS),
    Field("s_impractical", "Court order impractical because of an emergency", Ask.INITIALS),
    Field("s_probable_cause", "Probable cause: imminent danger of physical harm", Ask.INITIALS),
    Field("s_identify", "Only to identify", Ask.INITIALS),
    Field("s_no_use", "No materials, resources or services", Ask.INITIALS),
)
WANTED = (
    Field(
        "crime_role",
        "To identify whom",
        Ask.CHOICE,
        choices=(
            ("suspect", "A suspect of a crime"),
            ("witness", "A witness of a crime"),
            ("victim", "A victim of a crime"),
        ),
    ),
    Field("emergency", "Brief description of the emergency", Ask.LONG, required=False),
    Field(
        "already_has", "What the officer already has (a name, a description, a card that was found)", Ask.LONG
    ),
    Field("wanted", "Which facts are asked for", Ask.HIDDEN),
    Field("signed_at", "The officer signed the request", Ask.MOMENT),
    Field("form_version", "Version of the form", Ask.HIDDEN),
)
PROOF = (
    Field(
        "proof",
        "How the officer's identity was checked",
        Ask.CHOICE,
        choices=(
            ("photo", "Photo identification and badge seen"),
            ("call", "Called back at the agency's published number"),
            ("both", "Both"),
        ),
    ),
    _text("proof_by", "Who checked, and whom they spoke to"),
    Field("proof_at", "When", Ask.MOMENT),
)
DECISION = (
    Field(
        "decision",
        "Decision",
        Ask.CHOICE,
        choices=(("release", "Tell what is asked for"), ("part", "Tell part of it")),
    ),
    Field("decision_why", "Reason", Ask.LONG),
    _text("decider", "Name and title of who decides"),
    Field(
        "attorney",
        "Was the attorney contacted?",
        Ask.CHOICE,
        choices=(("yes", "Yes"), ("no", "No")),
    ),
    _text("attorney_said", "Attorney's name, time and advice", required=False),
)
HANDED = (
    Field("told_how", "How it was told", Ask.CHOICE, choices=(("paper", "On paper"), ("spoken", "Spoken"))),
    Field("told_at", "When", Ask.MOMENT),
)
AFTER = (
    Field("director_at", "The Executive Director was informed", Ask.MOMENT),
    Field(
        "review_considered",
        "Was judicial review considered?",
        Ask.CHOICE,
        choices=(("yes", "Yes"), ("no", "No")),
    ),
    Field("secrecy", "Is there a gag or seal?", Ask.CHOICE, choices=(("yes", "Yes"), ("no", "No"))),
)


def _names(fields: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(each.name for each in fields if each.required)


def _emergency() -> Machine:
    states = {
        "received": "Received: the officer fills in the request",
        "written": "In writing and signed: prove who the officer is",
        "proved": "The officer's identity is proved: find the person",
        "scoped": "The person is found: decide",
        "decided": "Decided: the answer can be made",
        "cut": "The answer is made",
        "reviewed": "Looked through by a second person",
        "released": "Told: the receipt is open",
        "receipted": "The receipt is in: file it",
    }
    form = (*_names(OFFICER), *_names(STATEMENTS), *_names(WANTED))
    identity = (_identity_only,)
    steps = (
        *_everywhere(states, after=frozenset({"released", "receipted"})),
        Step(
            "write",
            "Enter the officer's written request",
            frozenset({"received"}),
            "written",
            (*OFFICER, *STATEMENTS, *WANTED),
            makes="form",
        ),
        Step("prove", "Prove the officer's identity", frozenset({"written"}), "proved", PROOF, needs=form),
        Step(
            "scope",
            "Say who it is",
            frozenset({"proved", "scoped"}),
            "scoped",
            (_SCOPE,),
            needs=(*form, *_names(PROOF)),
            guards=identity,
            makes="scope",
        ),
        Step(
            "decide",
            "Decide to tell",
            frozenset({"scoped"}),
            "decided",
            DECISION,
            needs=(*form, *_names(PROOF), "scope"),
            right=Right.AUTHORISE,
            guards=identity,
        ),
        Step(
            "cut",
            "Make the answer",
            frozenset({"decided"}),
            "cut",
            _PACKET,
            needs=("scope", *_names(DECISION)),
            right=Right.AUTHORISE,
            guards=identity,
            makes="packet",
        ),
        Step(
            "back",
            "Back: it is somebody else",
            frozenset({"decided", "cut", "reviewed"}),
            "proved",
            is_quiet=True,
        ),
        Step(
            "review",
            "I have looked it through: it says who, and no more",
            frozenset({"cut"}),
            "reviewed",
            right=Right.AUTHORISE,
            not_by=("scope", "decide", "cut"),
            guards=(_packet_stands,),
        ),
        Step(
            "hand_over",
            "Tell the officer",
            frozenset({"cut", "reviewed"}),
            "released",
            HANDED,
            needs=(*form, *_names(PROOF), *_names(DECISION), "scope", "packet", "packet_hash"),
            right=Right.AUTHORISE,
            guards=(*identity, _packet_stands, _looked_through),
            makes="delivery",
        ),
        Step("receipt", "Enter the officer's receipt", frozenset({"released"}), "receipted", RECEIPT),
        Step("file", "File it", frozenset({"receipted"}), "filed", AFTER),
    )
    return Machine(
        Kind.EMERGENCY,
        "Officer's emergency request",
        "received",
        states,
        {**_COMMON_ENDS, "filed": "Answered and filed"},
        steps,
        frozenset({"released", "receipted", "filed"}),
        "an emergency that a sworn officer represents in writing",
        uses_records=True,
        about=(
            "All six statements, initialled, and the officer's signature come first; then proof of who the officer is.",
            "The answer says who a suspect, a witness or a victim is. What they borrowed, read or used is never part of it.",
            "After it is told, the officer signs that it was received.",
        ),
    )


EMERGENCY = _emergency()

# the patron's own word

_OWN_PROOF = (
    Field(
        "own_proof",
        "How the patron showed who they are",
        Ask.CHOICE,
        choices=(
            ("photo", "Photo identification and library card"),
            ("known", "Known card, PIN and two details they gave"),
        ),
    ),
    Field("own_patron", "Patron", Ask.HIDDEN),
    Field("own_at", "When", Ask.MOMENT),
)
_PERMISSION = (
    _text("recipient", "To whom it may be given"),
    Field("permission_text", "What it says, in the patron's words", Ask.LONG),
    Field("permission_on", "Written and signed on", Ask.DAY),
    Field("permission_until", "Good until", Ask.DAY),
    Field("permission_seen", "It is in writing and signed, and the paper is with this case", Ask.MUST),
)


def _permitted() -> Machine:
    states = {
        "received": "Received: the patron shows who they are",
        "identified": "The patron is known: enter the permission",
        **_TAIL_STATES,
        "checked": "Permitted in writing: say what it covers",
    }
    names = (*_names(_OWN_PROOF), *_names(_PERMISSION))
    steps = (
        *_everywhere(states, after=frozenset({"released"})),
        Step(
            "identify",
            "The patron showed who they are",
            frozenset({"received"}),
            "identified",
            _OWN_PROOF,
            makes="patron",
        ),
        Step(
            "permit",
            "Enter the written permission",
            frozenset({"identified"}),
            "checked",
            _PERMISSION,
            needs=_names(_OWN_PROOF),
        ),
        *_production("checked", needs=names, done="answered", guards=(_one_person, _permission_holds)),
        Step(
            "take_back",
            "The patron takes it back",
            frozenset(states) - {"released"},
            "taken_back",
            is_quiet=True,
        ),
    )
    return Machine(
        Kind.PERMISSION,
        "With the patron's own permission",
        "received",
        states,
        {**_COMMON_ENDS, "answered": "Given within the permission", "taken_back": "The patron took it back"},
        steps,
        frozenset({"released", "answered"}),
        "the patron's own written permission",
        uses_records=True,
        about=(
            "The permission is in writing: to whom, what, until when. The patron may take it back at any time.",
            "It reaches the patron's own record and nobody else's.",
        ),
    )


PERMISSION = _permitted()


def _own_access() -> Machine:
    states = {
        "received": "Received: the patron shows who they are",
        **_TAIL_STATES,
        "checked": "The patron is known: say what they want to see",
    }
    steps = (
        *_everywhere(states, after=frozenset({"released"})),
        Step(
            "identify",
            "The patron showed who they are",
            frozenset({"received"}),
            "checked",
            _OWN_PROOF,
            makes="patron",
        ),
        *_production("checked", needs=_names(_OWN_PROOF), done="answered", guards=(_one_person,)),
    )
    return Machine(
        Kind.OWN_ACCESS,
        "A patron asks for their own record",
        "received",
        states,
        {**_COMMON_ENDS, "answered": "Given to the patron"},
        steps,
        frozenset({"released", "answered"}),
        "the patron's own wish, and proof of who they are",
        uses_records=True,
        about=("Proof of who they are is all it takes. Their own pages show them everything too.",),
    )


OWN_ACCESS = _own_access()

# contents of communications: never a record of a patron

_ADDRESSEE = (
    _text("g_addressee", "Addressee or intended recipient, or their agent"),
    _text("g_addressee_proof", "How they proved that they are"),
)
_CONSENT = (
    _text("g_consenting", "Who consents: the sender, an addressee or an intended recipient"),
    Field("g_consent_on", "The signed consent is of", Ask.DAY),
    Field("g_consent_scope", "What the consent covers", Ask.LONG),
    Field(
        "g_consent_paper", "The signed text is with this case, and everything chosen lies within it", Ask.MUST
    ),
)
_INADVERTENT = (
    _text("g_found_by", "Who came upon it"),
    Field("g_found_at", "When", Ask.MOMENT),
    Field("g_found_how", "How: in what ordinary work, without looking for it", Ask.LONG),
    Field("g_crime", "Why it appears to concern a crime", Ask.LONG),
    _text("g_found_agency", "The law enforcement agency it goes to"),
)
_DANGER = (
    Field("g_danger", "The danger of death or serious physical injury, as stated", Ask.LONG),
    Field("g_belief", "What the belief rests on", Ask.LONG),
    Field(
        "g_immediate",
        "The library reasonably believes in an immediate danger, and in good faith that waiting is not an option",
        Ask.MUST,
    ),
    Field("g_danger_at", "When it was stated", Ask.MOMENT),
    _text("g_danger_agency", "The law enforcement agency it goes to"),
)
GROUNDS: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    "addressee": ("To the addressee or intended recipient", _ADDRESSEE),
    "consent": ("With the consent of the sender, an addressee or an intended recipient", _CONSENT),
    "inadvertent": ("Come upon by accident, and it appears to concern a crime", _INADVERTENT),
    "danger": ("Somebody may be killed or badly hurt at any moment", _DANGER),
}


def _ground_complete(standing: Standing, _values: Mapping[str, str], _moment: Moment) -> str:
    taken = [
        each.step.removeprefix("ground_") for each in standing.did(*(f"ground_{code}" for code in GROUNDS))
    ]
    if not taken:
        return "a ground has to be entered first"
    lacking = [each for each in GROUNDS[taken[-1]][1] if each.required and not standing.known.get(each.name)]
    return "the ground is not complete" if lacking else ""


def _content() -> Machine:
    states = {
        "received": "Received: which ground is there?",
        "grounded": "There is a ground: choose the content",
        "cut": "The content is chosen",
        "reviewed": "Looked through by a second person",
        "authorised": "Authorised: it can be handed over",
        "released": "Handed over: the receipt is open",
    }
    steps = (
        *_everywhere(states, after=frozenset({"released"})),
        *(
            Step(f"ground_{code}", words, frozenset({"received"}), "grounded", fields)
            for code, (words, fields) in GROUNDS.items()
        ),
        Step(
            "choose",
            "Choose the content",
            frozenset({"grounded"}),
            "cut",
            (Field("content", "Content", Ask.HIDDEN), *_PACKET),
            guards=(_ground_complete,),
            makes="content",
        ),
        Step(
            "back",
            "Back: another ground, or other content",
            frozenset({"grounded", "cut", "reviewed", "authorised"}),
            "received",
            is_quiet=True,
        ),
        Step(
            "review",
            "I have looked it through: it is within the ground",
            frozenset({"cut"}),
            "reviewed",
            not_by=("choose",),
        ),
        Step(
            "authorise",
            "Authorise handing it over",
            frozenset({"cut", "reviewed"}),
            "authorised",
            needs=("content", "packet", "packet_hash"),
            right=Right.AUTHORISE,
            guards=(_ground_complete, _looked_through),
        ),
        Step(
            "deliver",
            "Hand it over",
            frozenset({"authorised"}),
            "released",
            DELIVERY,
            needs=("content", "packet", "packet_hash"),
            right=Right.AUTHORISE,
            guards=(_ground_complete,),
            makes="delivery",
        ),
        Step("receipt", "Enter the receipt", frozenset({"released"}), "answered", RECEIPT),
    )
    return Machine(
        Kind.CONTENT,
        "What a communication says",
        "received",
        states,
        {**_COMMON_ENDS, "answered": "Handed over on a ground of federal law"},
        steps,
        frozenset({"released", "answered"}),
        "one of four grounds for the contents of a communication",
        about=(
            "This reaches what somebody wrote or received on the library's machines, as the custodian deposited it here.",
            "It never reaches registration or circulation records: those have their own law.",
        ),
    )


CONTENT = _content()

MACHINES: Mapping[str, Machine] = {
    machine.kind: machine
    for machine in (
        COURT_ORDER,
        WARRANT,
        SUBPOENA,
        EMERGENCY,
        SEALED,
        AGENCY,
        INFORMAL,
        PERMISSION,
        OWN_ACCESS,
        CONTENT,
        OUTSIDER,
        *KEEPING_MACHINES,
    )
}
# Whose packets another person looks through before they go, where the library has not chosen otherwise.
SECOND_PERSON = frozenset({Kind.COURT_ORDER.value, Kind.SUBPOENA.value})

__all__ = ["GROUNDS", "MACHINES", "NO", "SECOND_PERSON", "YES", "Identity", "Kind"]
