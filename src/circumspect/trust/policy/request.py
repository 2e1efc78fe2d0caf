"""The words of a question at the door: who, what for, whose record, which fields.

Frozen values and closed lists, nothing else. A purpose, circumstance or reason that is
not on these lists cannot be said, and so cannot be allowed. What is decided, and by
which clauses, is the work of ``decide``.

Source: ARCHITECTURE.md, "Words"; clauses MP-5.2, MP-7.15.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What the actor wants to do with the fields."""

    VIEW = "view"  # show them to a person
    USE = "use"  # let a rule read them, and show nobody
    CHANGE = "change"
    DISCLOSE = "disclose"  # hand them to somebody outside the library
    PRESERVE = "preserve"
    ERASE = "erase"
    EXPORT = "export"


class ActorKind(StrEnum):
    """What sort of principal asks."""

    STAFF = "staff"
    PATRON = "patron"
    TERMINAL = "terminal"
    JOB = "job"


class Role(StrEnum):
    """The closed list of staff roles. One person may hold several."""

    DESK = "desk"
    CIRCULATION_LEAD = "circulation_lead"
    REFERENCE = "reference"
    COMMUNICATIONS = "communications"
    FINANCE = "finance"
    FOIA_OFFICER = "foia_officer"
    SYSTEM = "system"
    PRIVACY_IN_CHARGE = "privacy_in_charge"
    DEPUTY_DIRECTOR = "deputy_director"
    EXECUTIVE_DIRECTOR = "executive_director"
    TRUSTEE = "trustee"
    SUPERVISOR = "supervisor"


class MachineRole(StrEnum):
    """The closed list of what a machine is there for. No person holds one."""

    SELF_CHECK = "self_check"
    PC_RESERVATION = "pc_reservation"
    E_CONTENT = "e_content"
    PAYMENT_KIOSK = "payment_kiosk"
    BOOK_DROP = "book_drop"
    SORTER = "sorter"
    SEAT = "seat"  # a public computer
    JOIN = "join"  # where somebody asks for a card at the door
    FORM = "form"  # where the public writes to the library: a form on the site, the library's mailbox


class Purpose(StrEnum):
    """The closed list of purposes (MP-5.2, MP-7.14, MP-7.15)."""

    SERVE = "serve at the desk"
    FIND = "find a patron"
    REGISTER = "register a patron"
    MAINTAIN = "maintain an account"
    CIRCULATE = "lend and return"
    OVERRIDE = "override a block"
    SETTLE = "settle fees"
    LISTS = "work a list"
    COMPUTERS = "run public computers"
    OWN_RECORD = "own record"
    SIGN_IN = "check a PIN"
    MACHINE = "answer a machine"
    IMPORT = "import records"
    ROTATE_KEYS = "rotate keys"
    FORGET = "forget"
    NOTIFY = "send a notice"
    CORRESPOND = "answer a letter"
    NEWSLETTER = "send the newsletter"
    PUBLIC_RECORDS = "search public records"
    ORDER = "keep order"
    DISCLOSE = "answer a lawful request"
    IDENTIFY = "answer an officer in an emergency"
    TAKE_IN = "take in a request"
    PRESERVE = "preserve on request"
    BREACH = "tell of a breach"
    COUNT = "count for statistics"
    REVIEW = "review looks"


class Circumstance(StrEnum):
    """What just happened that explains the look. Only UNEXPLAINED asks a reason (MP-7.15)."""

    CARD_SCANNED = "card just scanned"
    ITEM_SCANNED = "item just scanned"
    OPEN_TRANSACTION = "open transaction"
    NAME_SEARCH = "search by name"
    REGISTRATION = "person registering"
    CARD_AND_PIN = "card and PIN given"
    HOLD_TO_SHELVE = "hold to shelve"
    LIST = "working a list"
    OFFLINE = "scanned while the line was down"
    OWN_SIGN_IN = "patron signed in"
    WROTE = "somebody wrote to the library"
    SCHEDULED = "scheduled work"
    CASE = "open case"
    PROCESS = "legal process checked"
    UNEXPLAINED = "unexplained"


class Reason(StrEnum):
    """Why an unexplained look was needed. A closed list: a narrative would hold patron data."""

    PHONE = "patron on the telephone"
    LETTER = "patron wrote"
    RETURNED_MAIL = "mail came back"
    FOUND_PROPERTY = "something of theirs was found"
    CORRECTION = "correcting a mistake"
    DUPLICATE = "two records of one person"
    SUPERVISOR = "a supervisor asked"
    PATRON_PRESENT = "patron present without a card"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks.

    Attributes:
        kind: Staff member, patron, terminal or job.
        id: An opaque id, unique within the kind. Never a name or a card number.
        roles: The roles held now, such as "desk"; a machine's is its profile; empty for patrons.
        active: False for a disabled account or a lapsed designation.
        signed_version: The policy version this person has read and signed, "" for none (MP-7.16).
    """

    kind: ActorKind
    id: str
    roles: frozenset[str] = frozenset()
    active: bool = True
    signed_version: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the policy. It names no patron: the policy does not need to know who.

    Attributes:
        series: The record series asked about, such as "registration".
        fields: Names of fields in that series, such as {"given_name"}.
        own_record: The actor is the patron whose record this is, and is its only subject.
        own_staff_record: A staff member asks about the library card they themselves hold.
        subjects: How many records the answer would open.
        version_in_force: The published policy version in force at this moment.
    """

    actor: Actor
    action: Action
    purpose: Purpose
    series: str
    fields: frozenset[str]
    circumstance: Circumstance
    reason: Reason | None
    own_record: bool
    subjects: int
    version_in_force: str
    own_staff_record: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The policy's answer.

    Attributes:
        allowed: Whether the fields may be opened.
        rules: Ids of the rules that decided; empty where no rule permits.
        clauses: Ids of the clauses those rules carry, sorted. Never empty.
        explanation: One plain sentence for a screen. Holds no patron data.
        remedy: One plain sentence: what may be done instead. "" when allowed.
        policy_hash: SHA-256, hex, of the policy that decided.
    """

    allowed: bool
    rules: tuple[str, ...]
    clauses: tuple[str, ...]
    explanation: str
    remedy: str
    policy_hash: str
