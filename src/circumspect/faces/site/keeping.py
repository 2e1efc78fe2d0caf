"""How the program keeps what the policy promises, and what it keeps of people: read from what decides, never written twice.

Clauses, their enforcers and reasons are the policy's own tables; which tests prove a clause is read from the tests, where
this program is run from its source. What is kept comes from the inventory of every stored column, for how long from the
schedule in force now. So these pages cannot say one thing while the program does another.

Source: clauses TH-1.2 to TH-1.5, MP-4.1; issue "The public side", section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from circumspect.records.series import inventory
from circumspect.trust.door.house import House
from circumspect.trust.policy.check import clause_markers
from circumspect.trust.policy.clauses import ClauseRegister, Enforcer
from circumspect.trust.policy.inventory import FieldEntry
from circumspect.trust.policy.schedule import ScheduleItem, Trigger

TESTS = Path(__file__).resolve().parents[4] / "tests"

ENFORCER_WORDS: Mapping[Enforcer, Promise] = {
    Enforcer.RULE: gettext_lazy("a rule that the program asks before it opens anything"),
    Enforcer.STRUCTURE: gettext_lazy("the way it is built: it cannot be otherwise"),
    Enforcer.RETENTION: gettext_lazy("the schedule by which records are forgotten"),
    Enforcer.WORKFLOW: gettext_lazy("the way the work is done on its screens"),
    Enforcer.NOTICE: gettext_lazy("what people are told"),
    Enforcer.NOT_YET: gettext_lazy("not kept by the program yet"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of how one clause is kept.

    Attributes:
        by: In the page's language.
        reason, how: As the register has it, in English.
        tests: How many tests prove it; None where they are not at hand.
    """

    id: str
    by: Promise
    is_kept: bool
    reason: str
    how: str
    tests: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of record that says something of people.

    Attributes:
        life: For how long, as a sentence.
        ending: How it ends.
        why: Each purpose once, in the inventory's order.
        who: Who may need it.
        reference: Number and item of the library's approved schedule, "" where missing.
        added: Fields that this library has switched on besides the usual ones.
    """

    name: str
    title: str
    life: str
    ending: str
    why: tuple[str, ...]
    who: tuple[str, ...]
    sealed: bool
    reference: str
    added: tuple[str, ...]


@cache
def _tests() -> Mapping[str, tuple[str, ...]] | None:
    return clause_markers(TESTS) if TESTS.is_dir() else None


@cache
def clauses_kept() -> Mapping[str, Kept]:
    """Every clause and how it is kept."""
    proofs = _tests()
    return {
        clause.id: Kept(
            id=clause.id,
            by=ENFORCER_WORDS[clause.enforcer],
            is_kept=clause.enforcer is not Enforcer.NOT_YET,
            reason=clause.reason,
            how=clause.how,
            tests=len(proofs.get(clause.id, ())) if proofs is not None else None,
        )
        for clause in ClauseRegister.load().clauses.values()
    }


@cache
def state_of_promises() -> Mapping[str, object]:
    """Counts by what keeps them, the clauses not kept yet, and the tensions with what is done about them."""
    register = ClauseRegister.load()
    kept = clauses_kept()
    counts = [
        (ENFORCER_WORDS[kind], sum(each.enforcer is kind for each in register.clauses.values()))
        for kind in Enforcer
    ]
    return {
        "count": len(register.clauses),
        "counts": [(words, count) for words, count in counts if count],
        "proved": sum(bool(each.tests) for each in kept.values()) if _tests() is not None else None,
        "open": [
            (clause.id, clause.restatement, clause.reason)
            for clause in register.clauses.values()
            if clause.enforcer is Enforcer.NOT_YET
        ],
        "tensions": register.tensions,
    }


# what is kept of people

_WHO: Mapping[str, Promise] = {
    "patron": gettext_lazy("you"),
    "desk": gettext_lazy("staff at the desk"),
    "circulation_lead": gettext_lazy("the head of circulation"),
    "reference": gettext_lazy("reference staff"),
    "communications": gettext_lazy("communications staff"),
    "finance": gettext_lazy("finance staff"),
    "foia_officer": gettext_lazy("the officer for requests for public records"),
    "privacy_in_charge": gettext_lazy("the people in charge of privacy"),
    "deputy_director": gettext_lazy("a deputy director"),
    "executive_director": gettext_lazy("the director"),
    "supervisor": gettext_lazy("supervisors"),
    "system": gettext_lazy("whoever runs the computers"),
    "trustee": gettext_lazy("trustees"),
    "machine": gettext_lazy("machines such as the self-check"),
    "job": gettext_lazy("the program itself, which shows it to nobody"),
    "public": gettext_lazy("everybody"),
}

TRIGGERS: Mapping[Trigger, Promise] = {
    Trigger.ACCOUNT_CLOSED: gettext_lazy("your account is closed or has run out, and nothing is owed or out"),
    Trigger.CARD_ENDED: gettext_lazy("the card is replaced or ended"),
    Trigger.CHECKED: gettext_lazy("it was checked"),
    Trigger.ITEM_RETURNED: gettext_lazy("you bring it back"),
    Trigger.HOLD_ENDED: gettext_lazy("it is picked up, cancelled or runs out"),
    Trigger.LENT_AND_RETURNED: gettext_lazy("it goes back to the other library, or cannot be had"),
    Trigger.SETTLED: gettext_lazy("it is settled"),
    Trigger.SESSION_ENDED: gettext_lazy("the session ends"),
    Trigger.SENT: gettext_lazy("it is sent"),
    Trigger.MACHINE_GONE: gettext_lazy("the machine is taken out of service"),
    Trigger.OWN_EXPIRY: gettext_lazy("the day it was given when it was made"),
    Trigger.ENTERED: gettext_lazy("it was written down"),
    Trigger.ITEM_WITHDRAWN: gettext_lazy("the item is withdrawn"),
    Trigger.STAFF_LEFT: gettext_lazy("a colleague leaves"),
    Trigger.REPLACED: gettext_lazy("it is replaced"),
    Trigger.ANSWERED: gettext_lazy("it is answered or closed"),
    Trigger.RECEIVED: gettext_lazy("it is received"),
    Trigger.UNSUBSCRIBED: gettext_lazy("you unsubscribe"),
    Trigger.CASE_OVER: gettext_lazy("the request is over"),
}


def kept_of_people(house: House) -> list[Series]:
    """Every series that says something of people, as this library keeps it now.

    A field that ships off is on the list exactly where the library has switched it on (TH-1.2, TH-1.14).
    """
    schedule = house.schedule()
    on = house.home.fields_on
    entries = [each for each in inventory().about_people() if each.on_by_default or each.field in on]
    found: dict[str, list[FieldEntry]] = {}
    for entry in entries:
        found.setdefault(entry.series, []).append(entry)
    return [_series(name, rows, schedule.item(name)) for name, rows in found.items()]


def _series(name: str, rows: list[FieldEntry], item: ScheduleItem) -> Series:
    return Series(
        name=name,
        title=_(item.title),
        life=life(item),
        ending=_(item.disposal),
        why=tuple(dict.fromkeys(_(row.purpose) for row in rows)),
        who=tuple(
            str(_WHO.get(each, each))
            for each in dict.fromkeys(each for row in rows for each in row.needed_by)
        ),
        sealed=any(row.sealed for row in rows),
        reference=f"{item.application}, {item.item}" if not item.lacks_reference else "",
        added=tuple(_(row.purpose) for row in rows if not row.on_by_default),
    )


def life(item: ScheduleItem) -> str:
    """For how long a series is kept, as one sentence in the page's language."""
    if item.trigger is Trigger.NEVER:
        return _("Kept for good.")
    trigger = str(TRIGGERS.get(item.trigger, item.trigger))
    if item.days == 0:
        return _("Until %(moment)s.") % {"moment": trigger}
    return ngettext(
        "Until %(days)s day after this: %(moment)s.", "Until %(days)s days after this: %(moment)s.", item.days
    ) % {"days": item.days, "moment": trigger}
