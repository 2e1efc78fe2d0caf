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
from enum import StrEnum

from circumspect.offices.privacydesk.keeping_kinds import KEEPING_MACHINES
from circumspect.offices.privacydesk.machines import (
    NO,
    YES,
    Field,
    Guard,
    Machine,
    Moment,
    Right,
    Standing,
    Step,
)
from circumspect.offices.privacydesk.scopes import Identity, Scope, ScopeError, is_identity_only
from circumspect.offices.privacydesk.steps import (
    COUNSEL,
    choice,
    day,
    everywhere,
    hidden,
    initials,
    long,
    moment,
    must,
    names,
    step,
    text,
    yes_no,
)


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


def _as_asked(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    """An answer is never wider than what the officer signed for."""
    known = {**standing.known, **values}
    asked = known.get("wanted", "").split(",")
    scope, wanted = _scope(known), [each for each in Identity if each.name.lower() in asked]
    if scope and wanted and is_identity_only(scope, wanted):
        return ""
    return "the officer's signed request does not ask for all of this: choose among the facts it asks for"


def _counsel_reached(_standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    if values.get("counsel_reached") == "reached":
        return ""
    return "counsel has to be reached for this; until then note the try under “Note a word with counsel”"


def _patron_told_or_not(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    if {**standing.known, **values}.get("told"):
        return ""
    return "first note whether the patron is told, and by whose advice: “Note whether the patron is told”"


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

PAPER = (
    text("court", "Issuing court"),
    text("docket", "Case or docket number"),
    day("issued_on", "Date issued"),
    day("comply_by", "To be complied with by", required=False),
    text("served_by", "Served by whom, and how"),
    moment("served_at", "Served when"),
)
# Each point of the form check, DOMAIN 2.4: who answered and when stands on the step.
POINTS = (
    yes_no("p_court", "Is the issuing court named?"),
    yes_no("p_jurisdiction", "Is it an Illinois state court or a federal court, with authority here?"),
    yes_no("p_docket", "Is there a case or docket number?"),
    yes_no("p_cause", "Is the title of the cause given?"),
    yes_no("p_judge", "Is there a judge's name and signature?"),
    yes_no("p_date", "Is it dated?"),
    yes_no(
        "p_clerk",
        "Is there the clerk's seal or certification, or did the clerk confirm it under a number you looked up yourself?",
    ),
    yes_no("p_addressed", "Is it directed to this library, by its legal name and the right address?"),
    yes_no("p_particular", "Does it describe the records: whose, what, which dates?"),
    yes_no("p_period", "Is it still within its period?"),
    yes_no("p_complete", "Are all pages there, the signature page too?"),
    yes_no("p_secrecy", "Has it been looked through for a term of nondisclosure, and its end noted?"),
    yes_no("p_served", "Is it noted who served it, when and how?"),
)
DELIVERY = (
    choice("delivered_by", "Handed over", ("paper", "On paper"), ("file", "As an encrypted file")),
    text("delivered_to", "To whom: name, and whom they act for"),
    moment("delivered_at"),
)
RECEIPT = (
    choice("receipt", "The receipt", ("signed", "Signed"), ("refused", "They refused to sign")),
    text("receipt_name", "Printed name of whoever received it"),
    moment("receipt_at"),
)
_SCOPE = hidden("scope", "Scope")
_PACKET = (hidden("packet", "Packet"), hidden("packet_hash", "Hash"))


# what several kinds have

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
    frm: str,
    *,
    needs: tuple[str, ...],
    done: str,
    guards: tuple[Guard, ...] = (),
    last: tuple[Guard, ...] = (),
) -> tuple[Step, ...]:
    """From a checked paper to a receipt: scope, packet, second look, authority, delivery.

    Args:
        last: What forbids the receipt.
    """
    return (
        step(
            "scope",
            "Say what it names",
            (frm, "scoped"),
            _SCOPE,
            to="scoped",
            guards=(_scope_stands, *guards),
            makes="scope",
        ),
        step(
            "cut",
            "Make the packet",
            "scoped > cut",
            *_PACKET,
            needs=("scope",),
            guards=guards,
            makes="packet",
        ),
        step(
            "back", "Back: what it names has to be changed", "cut reviewed authorised", to=frm, is_quiet=True
        ),
        step(
            "review",
            "I have looked it through: it is within the paper",
            "cut > reviewed",
            not_by=("scope", "cut"),
            guards=(_packet_stands,),
            about="Somebody other than whoever named the scope and made the packet.",
        ),
        *_handing_over(
            (*needs, "scope", "packet", "packet_hash"), done, stands=_packet_stands, guards=guards, last=last
        ),
    )


def _handing_over(
    needs: tuple[str, ...],
    done: str,
    *,
    stands: Guard,
    guards: tuple[Guard, ...] = (),
    last: tuple[Guard, ...] = (),
) -> tuple[Step, ...]:
    """From a packet that was made to a receipt: authority, delivery."""
    right = Right.AUTHORISE
    return (
        step(
            "authorise",
            "Authorise handing it over",
            "cut reviewed > authorised",
            needs=needs,
            right=right,
            guards=(stands, _looked_through, *guards),
        ),
        step(
            "deliver",
            "Hand it over",
            "authorised > released",
            *DELIVERY,
            needs=needs,
            right=right,
            guards=(stands, *guards),
            makes="delivery",
        ),
        step("receipt", "Enter the receipt", "released", *RECEIPT, to=done, guards=last),
    )


def _releasing(
    kind: Kind,
    title: str,
    states: Mapping[str, str],
    steps: tuple[Step, ...],
    ends: Mapping[str, str],
    *,
    released: set[str],
    ground: str,
    about: tuple[str, ...],
    uses_records: bool = True,
) -> Machine:
    """A kind by which something may leave, on a ground: the first of its states is where it begins."""
    return Machine(
        kind,
        title,
        next(iter(states)),
        states,
        {**_COMMON_ENDS, **ends},
        (*everywhere(states, before=set(states) - released, tells=True), *steps),
        frozenset(released),
        ground,
        uses_records=uses_records,
        about=about,
    )


_CHECKED = names((*PAPER, *POINTS))


def _order(
    kind: Kind,
    title: str,
    *,
    ground: str,
    about: tuple[str, ...],
    lock: Mapping[str, str] | None = None,
    opens: tuple[Step, ...] = (),
    second: tuple[str, ...] = (),
    also: tuple[Step, ...] = (),
    ends: Mapping[str, str] | None = None,
) -> Machine:
    """An order's table.

    Args:
        lock: States before the first, with ``opens``, the steps that lead out of them, and ``second``, what these tell.
        also: Further steps, with the ``ends`` they lead to.
    """
    states = {
        **(lock or {}),
        "received": "Received: check its form",
        "with_counsel": "With counsel: a point of the form is in doubt",
        **_TAIL_STATES,
    }
    steps = (
        *opens,
        step(
            "check",
            "Check its form",
            "received > checked",
            *PAPER,
            *POINTS,
            on_no="with_counsel",
            about="A single no goes to counsel, and nothing is released.",
        ),
        step(
            "recheck",
            "Counsel has cleared it: check its form again",
            "with_counsel > received",
            *COUNSEL,
            guards=(_counsel_reached,),
        ),
        *_production(
            "checked",
            needs=(*_CHECKED, "counsel_at", *second),
            done="answered",
            last=(_patron_told_or_not,),
        ),
        *also,
    )
    return _releasing(
        kind,
        title,
        states,
        steps,
        {"answered": "Answered within the order", **(ends or {})},
        released={"released", "answered"},
        ground=ground,
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
    text("order_counsel", "Counsel who says so"),
    moment("order_counsel_at", "When they said so"),
    text("order_court", "The court"),
    text("order_number", "The order's number"),
    text("order_judge", "The judge who signed it"),
    day("order_signed_on", "Signed on"),
)


# A court order's table with a lock before it: only counsel's word that an order stands behind it opens it.
SUBPOENA = _order(
    Kind.SUBPOENA,
    "Subpoena",
    ground="the court order that counsel has recorded behind it",
    about=(
        "Accept it and thank them. No data now.",
        "Send it to counsel, who may move to quash or narrow it.",
        "It stays locked until counsel records that a court order stands behind it.",
    ),
    lock={"locked": "Locked: a subpoena alone releases nothing"},
    opens=(
        step(
            "order_stands", "Counsel records the court order behind it", "locked > received", *_ORDER_STANDS
        ),
    ),
    second=names(_ORDER_STANDS),
    also=(
        step(
            "quash",
            "The court quashed it",
            {"locked", *COURT_ORDER.states} - {"released"},
            to="quashed",
            is_quiet=True,
        ),
    ),
    ends={"quashed": "Quashed or narrowed away by the court"},
)

GO_NOW = (
    must("go_counsel", "Counsel was called, and the officers were asked to wait for counsel"),
    must("go_copy", "We have a copy of the warrant, and have read what it names"),
    must(
        "go_escort", "Somebody stays with the officers, helps with what is named, and stands in nobody's way"
    ),
    must("go_nothing_lost", "Nothing was deleted, altered, logged off or switched off"),
    text("go_officers", "The officers: names, agencies, badge numbers"),
    moment("go_at", "They came at"),
)
INVENTORY = (
    choice(
        "inv_how",
        "What was done",
        ("viewed", "Viewed"),
        ("copied", "Copied"),
        ("taken", "Taken"),
        ("nothing", "Nothing was viewed, copied or taken"),
    ),
    long("inv_what", "What: the thing, the machine, the records"),
    moment("inv_at"),
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
        step(
            "go",
            "The list for now",
            not_over,
            *GO_NOW,
            about="The officers need not wait. Do not stand in their way.",
        ),
        step("inventory", "Write down what was viewed, copied or taken", not_over, *INVENTORY),
        step(
            "check",
            "Check its form",
            "received with_counsel > checked",
            *PAPER,
            *POINTS,
            on_no="with_counsel",
        ),
        *_production("checked", needs=(*_CHECKED, "go_at"), done="delivered", last=(_patron_told_or_not,)),
        step(
            "finish",
            "It is carried out, and the inventory is complete",
            "checked with_counsel delivered > carried_out",
            choice(
                "officers_receipt",
                "Did the officers leave a receipt or an inventory of theirs?",
                ("left", "They left one"),
                ("asked", "Asked for, and not given"),
            ),
            needs=("go_at", "inv_how", "inv_at"),
        ),
    )
    return _releasing(
        Kind.WARRANT,
        "Search warrant",
        states,
        steps,
        {"carried_out": "Carried out, with an inventory"},
        released={"released", "delivered"},
        ground="a search warrant",
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
    steps = [*everywhere(states, before=states, tells=True)]
    if fields:
        steps.append(step("note", "Write down who they are", "received", *fields))
    if counsel_first:
        steps.append(
            step(
                "to_counsel",
                "Counsel has it",
                "received > with_counsel",
                *COUNSEL,
                guards=(_counsel_reached,),
            )
        )
    for code, (button, _words) in ends.items():
        frm = frozenset({"with_counsel"}) if counsel_first and code == "by_counsel" else frozenset(states)
        more = {"about": _PRESERVE_FIRST, "makes": "kept"} if code == "preserved" else {}
        steps.append(step(f"end_{code}", button, frm, *(_KEPT if more else ()), to=code, **more))
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
_PRESERVE_FIRST = (
    "This closes the request and keeps nothing by itself. The sealed copy is made in a request to preserve of its own;"
    " what a scanned card stands for is set aside for some days only."
)
_KEPT = (text("preserved_under", "Number of the request to preserve under which it is kept"),)
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
        choice(
            "outsider",
            "Who asks",
            ("press", "Press"),
            ("family", "Family"),
            ("employer", "Employer"),
            ("litigant", "A party in a lawsuit, or its lawyer"),
            ("other", "Somebody else"),
        ),
    ),
)

# the officer's emergency request

OFFICER = (
    text("officer_name", "Printed name"),
    text("officer_rank", "Rank or title"),
    text("officer_agency", "Agency"),
    text("officer_badge", "Badge, star or ID number"),
    text("officer_address", "Agency's address"),
    text("officer_phone", "Office telephone"),
    text("officer_case", "Case or incident number", required=False),
)
# The six statements, each initialled. Their wording is the library's: see ``wording``.
STATEMENTS = (
    initials("s_act", "Request under 75 ILCS 70/1"),
    initials("s_sworn", "Sworn law enforcement officer"),
    initials("s_impractical", "Court order impractical because of an emergency"),
    initials("s_probable_cause", "Probable cause: imminent danger of physical harm"),
    initials("s_identify", "Only to identify"),
    initials("s_no_use", "No materials, resources or services"),
)
WANTED = (
    choice(
        "crime_role",
        "To identify whom",
        ("suspect", "A suspect of a crime"),
        ("witness", "A witness of a crime"),
        ("victim", "A victim of a crime"),
    ),
    long("emergency", "Brief description of the emergency", required=False),
    long("already_has", "What the officer already has (a name, a description, a card that was found)"),
    hidden("wanted", "Which facts are asked for"),
    moment("signed_at", "The officer signed the request"),
    hidden("form_version", "Version of the form"),
)
PROOF = (
    choice(
        "proof",
        "How the officer's identity was checked",
        ("photo", "Photo identification and badge seen"),
        ("call", "Called back at the agency's published number"),
        ("both", "Both"),
    ),
    text("proof_by", "Who checked, and whom they spoke to"),
    moment("proof_at"),
)
DECISION = (
    choice("decision", "Decision", ("release", "Tell what is asked for"), ("part", "Tell part of it")),
    long("decision_why", "Reason"),
    text("decider", "Name and title of who decides"),
    choice("attorney", "Was the attorney contacted?", ("yes", "Yes"), ("no", "No")),
    text("attorney_said", "Attorney's name, time and advice", required=False),
)
HANDED = (
    choice("told_how", "How it was told", ("paper", "On paper"), ("spoken", "Spoken")),
    moment("told_at"),
)
AFTER = (
    moment("director_at", "The Executive Director was informed"),
    choice("review_considered", "Was judicial review considered?", ("yes", "Yes"), ("no", "No")),
    choice("secrecy", "Is there a gag or seal?", ("yes", "Yes"), ("no", "No")),
)


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
    form = (*names(OFFICER), *names(STATEMENTS), *names(WANTED))
    identity = (_identity_only, _as_asked)
    steps = (
        step(
            "write",
            "Enter the officer's written request",
            "received > written",
            *OFFICER,
            *STATEMENTS,
            *WANTED,
            makes="form",
        ),
        step("prove", "Prove the officer's identity", "written > proved", *PROOF, needs=form),
        step(
            "scope",
            "Say who it is",
            "proved scoped > scoped",
            _SCOPE,
            needs=(*form, *names(PROOF)),
            guards=identity,
            makes="scope",
        ),
        step(
            "decide",
            "Decide to tell",
            "scoped > decided",
            *DECISION,
            needs=(*form, *names(PROOF), "scope"),
            right=Right.AUTHORISE,
            guards=identity,
        ),
        step(
            "cut",
            "Make the answer",
            "decided > cut",
            *_PACKET,
            needs=("scope", *names(DECISION)),
            right=Right.AUTHORISE,
            guards=identity,
            makes="packet",
        ),
        step("back", "Back: it is somebody else", "decided cut reviewed > proved", is_quiet=True),
        step(
            "review",
            "I have looked it through: it says who, and no more",
            "cut > reviewed",
            right=Right.AUTHORISE,
            not_by=("scope", "decide", "cut"),
            guards=(_packet_stands,),
        ),
        step(
            "hand_over",
            "Tell the officer",
            "cut reviewed > released",
            *HANDED,
            needs=(*form, *names(PROOF), *names(DECISION), "scope", "packet", "packet_hash"),
            right=Right.AUTHORISE,
            guards=(*identity, _packet_stands, _looked_through),
            makes="delivery",
        ),
        step("receipt", "Enter the officer's receipt", "released > receipted", *RECEIPT),
        step("file", "File it", "receipted > filed", *AFTER, guards=(_patron_told_or_not,)),
    )
    return _releasing(
        Kind.EMERGENCY,
        "Officer's emergency request",
        states,
        steps,
        {"filed": "Answered and filed"},
        released={"released", "receipted", "filed"},
        ground="an emergency that a sworn officer represents in writing",
        about=(
            "All six statements, initialled, and the officer's signature come first; then proof of who the officer is.",
            "The answer says who a suspect, a witness or a victim is. What they borrowed, read or used is never part of it.",
            "After it is told, the officer signs that it was received.",
        ),
    )


EMERGENCY = _emergency()

# the patron's own word

_OWN_PROOF = (
    choice(
        "own_proof",
        "How the patron showed who they are",
        ("photo", "Photo identification and library card"),
        ("known", "Known card, PIN and two details they gave"),
    ),
    hidden("own_patron", "Patron"),
    moment("own_at"),
)
_PERMISSION = (
    text("recipient", "To whom it may be given"),
    long("permission_text", "What it says, in the patron's words"),
    day("permission_on", "Written and signed on"),
    day("permission_until", "Good until"),
    must("permission_seen", "It is in writing and signed, and the paper is with this case"),
)


def _permitted() -> Machine:
    states = {
        "received": "Received: the patron shows who they are",
        "identified": "The patron is known: enter the permission",
        **_TAIL_STATES,
        "checked": "Permitted in writing: say what it covers",
    }
    needed = (*names(_OWN_PROOF), *names(_PERMISSION))
    steps = (
        step(
            "identify", "The patron showed who they are", "received > identified", *_OWN_PROOF, makes="patron"
        ),
        step(
            "permit",
            "Enter the written permission",
            "identified > checked",
            *_PERMISSION,
            needs=names(_OWN_PROOF),
        ),
        *_production("checked", needs=needed, done="answered", guards=(_one_person, _permission_holds)),
        step(
            "take_back",
            "The patron takes it back",
            frozenset(states) - {"released"},
            to="taken_back",
            is_quiet=True,
        ),
    )
    return _releasing(
        Kind.PERMISSION,
        "With the patron's own permission",
        states,
        steps,
        {"answered": "Given within the permission", "taken_back": "The patron took it back"},
        released={"released", "answered"},
        ground="the patron's own written permission",
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
        step("identify", "The patron showed who they are", "received > checked", *_OWN_PROOF, makes="patron"),
        *_production("checked", needs=names(_OWN_PROOF), done="answered", guards=(_one_person,)),
    )
    return _releasing(
        Kind.OWN_ACCESS,
        "A patron asks for their own record",
        states,
        steps,
        {"answered": "Given to the patron"},
        released={"released", "answered"},
        ground="the patron's own wish, and proof of who they are",
        about=("Proof of who they are is all it takes. Their own pages show them everything too.",),
    )


OWN_ACCESS = _own_access()

# contents of communications: never a record of a patron

_ADDRESSEE = (
    text("g_addressee", "Addressee or intended recipient, or their agent"),
    text("g_addressee_proof", "How they proved that they are"),
)
_CONSENT = (
    text("g_consenting", "Who consents: the sender, an addressee or an intended recipient"),
    day("g_consent_on", "The signed consent is of"),
    long("g_consent_scope", "What the consent covers"),
    must("g_consent_paper", "The signed text is with this case, and everything chosen lies within it"),
)
_INADVERTENT = (
    text("g_found_by", "Who came upon it"),
    moment("g_found_at"),
    long("g_found_how", "How: in what ordinary work, without looking for it"),
    long("g_crime", "Why it appears to concern a crime"),
    text("g_found_agency", "The law enforcement agency it goes to"),
)
_DANGER = (
    long("g_danger", "The danger of death or serious physical injury, as stated"),
    long("g_belief", "What the belief rests on"),
    must(
        "g_immediate",
        "The library reasonably believes in an immediate danger, and in good faith that waiting is not an option",
    ),
    moment("g_danger_at", "When it was stated"),
    text("g_danger_agency", "The law enforcement agency it goes to"),
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
        *(
            step(f"ground_{code}", words, "received > grounded", *fields)
            for code, (words, fields) in GROUNDS.items()
        ),
        step(
            "choose",
            "Choose the content",
            "grounded > cut",
            hidden("content", "Content"),
            *_PACKET,
            guards=(_ground_complete,),
            makes="content",
        ),
        step(
            "back",
            "Back: another ground, or other content",
            "grounded cut reviewed authorised > received",
            is_quiet=True,
        ),
        step(
            "review",
            "I have looked it through: it is within the ground",
            "cut > reviewed",
            not_by=("choose",),
        ),
        *_handing_over(("content", "packet", "packet_hash"), "answered", stands=_ground_complete),
    )
    return _releasing(
        Kind.CONTENT,
        "What a communication says",
        states,
        steps,
        {"answered": "Handed over on a ground of federal law"},
        released={"released", "answered"},
        ground="one of four grounds for the contents of a communication",
        uses_records=False,
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
