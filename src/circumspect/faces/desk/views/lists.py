"""Lists a desk works through: late, said to be returned, lost, missing, on the way, cards that run out.

Lists of items stand on an ordinary page and name nobody. The two that name patrons are asked for by a button,
a page of at most fifty at a time: each page is a question at the door, and no address ever says which.

Source: issue "The circulation desk complete", reports a desk needs; clauses MP-7.15, TH-1.10, TH-1.11.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from circumspect.faces.desk import opened, returned, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names, category_name
from circumspect.faces.desk.opened import StaleSlipError
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.acting import with_form
from circumspect.records.circulation import ladders, lists, returning
from circumspect.records.circulation.items import CirculationError
from circumspect.records.circulation.lists import LatePage, ListedItem
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.circulation.stages import Stage
from circumspect.records.patrons import lapsing
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Role

_PLACE = "list place"


@dataclass(frozen=True, slots=True)
class Kind:
    """One list.

    Attributes:
        names_patrons: It is opened by a button, a page at a time.
        acts: What may be done with a line: value and words of each button.
    """

    code: str
    name: str
    hint: str
    names_patrons: bool = False
    acts: tuple[tuple[str, str], ...] = ()


_FOUND = ("found", "It is here")
KINDS = (
    Kind(
        "late",
        "Late",
        "What is out beyond its day, longest first, and whom to call. Every page that is opened is written down.",
        names_patrons=True,
    ),
    Kind(
        "claims",
        "Said to be returned",
        "To be looked for on the shelves, by call number.",
        acts=(_FOUND, ("granted", "Not here: believe them"), ("denied", "Not here: the loan goes on")),
    ),
    Kind("lost", "Lost", "Given up and billed, longest first.", acts=(_FOUND,)),
    Kind("missing", "Missing", "Nobody has them and nobody finds them, by call number.", acts=(_FOUND,)),
    Kind("transit", "On the way", "Between branches, longest first.", acts=(("found", "It has arrived"),)),
    Kind(
        "cards",
        "Cards that run out",
        "How many registrations run out in each month. A lead may open a month, fifty at a time.",
        names_patrons=True,
    ),
)
_ITEMS: dict[str, Callable[[str], Sequence[ListedItem]]] = {
    "claims": lambda branch: lists.claims(branch=branch),
    "lost": lambda branch: lists.lost(branch=branch),
    "missing": lambda branch: lists.missing(branch=branch),
    "transit": lambda branch: lists.in_transit(to_branch=branch),
}
_STAGES = {Stage.OVERDUE: "", Stage.LONG_OVERDUE: "long overdue"}


@require_safe
@with_form
def page(request: DeskRequest) -> HttpResponse:
    """One list; what names patrons waits for its button."""
    return _page(request, _kind(request.GET.get("list", "")), request.GET.get("branch", ""))


@require_POST
@with_form
def late(request: DeskRequest) -> HttpResponse:
    """A page of what is late, with whom to call."""
    branch = _branch(request.POST.get("branch", ""))
    kind = _kind("late")
    try:
        after = _after(request)
        found = lists.overdue(house(), request.actor, branch=branch, after=after)
    except StaleSlipError:
        return _page(request, kind, branch, said=_OLD)
    except DoorError as problem:
        return _page(request, kind, branch, said=refused(problem), status=status_of(problem))
    return _page(request, kind, branch, people=_late_in_words(request, found))


@require_POST
@with_form
def cards(request: DeskRequest) -> HttpResponse:
    """Whose registration runs out in a month."""
    kind = _kind("cards")
    month = request.POST.get("month", "")
    if not (month.isascii() and month.isdecimal() and len(month) == 6):
        return _page(request, kind, "")
    try:
        after = _after(request)
        found = lapsing.run_out_page(house(), request.actor, int(month), after=after[1] if after else 0)
    except StaleSlipError:
        return _page(request, kind, "", said=_OLD)
    except DoorError as problem:
        return _page(request, kind, "", said=refused(problem), status=status_of(problem))
    rows = [
        {
            "name": shown.full_name(each["given_name"], each["family_name"]),
            "category": category_name(house(), each.standing.category),
            "until": shown.in_full(each.standing.expires_on),
        }
        for each in found.records
    ]
    people = {
        "month": month,
        "month_name": _month_name(int(month)),
        "rows": rows,
        "next": _sealed(request, (int(month), found.after)) if found.after else "",
    }
    return _page(request, kind, "", people=people)


@require_POST
@with_form
def work(request: DeskRequest) -> HttpResponse:
    """Do something with a line of a list: it is here, or a claim is settled without it."""
    kind = _kind(request.POST.get("list", ""))
    branch, act, item = (
        request.POST.get("branch", ""),
        request.POST.get("act", ""),
        request.POST.get("item", ""),
    )
    if act not in [code for code, _ in kind.acts]:
        return _page(request, kind, branch)
    try:
        if act == "found":
            back = returning.check_in(house(), request.actor, item, branch=request.member.branch)
            said = returned.said(back)
        else:
            facts = ladders.resolve_claim(house(), request.actor, item, granted=act == "granted")
            said = Said(Tone.DONE, _RESOLVED[act], facts.title)
    except CirculationError:
        said = Said(Tone.NOTE, "This line was worked on already.")
    except DoorError as problem:
        return _page(request, kind, branch, said=refused(problem), status=status_of(problem))
    return _page(request, kind, branch, said=said)


_RESOLVED = {
    "granted": "Believed: the loan is over and forgotten, the item counts as missing.",
    "denied": "The loan goes on as it was.",
}
_OLD = Said(Tone.NOTE, "This page of the list is too old.", "Open the list again.")


def _kind(code: str) -> Kind:
    return next((each for each in KINDS if each.code == code), KINDS[1])


def _branch(code: str) -> str:
    return code if code in branch_names() else ""


def _after(request: DeskRequest) -> tuple[int, int] | None:
    """Where the page before ended. Sealed into the page: a due time and an item, or a month and a record's number."""
    raw_place = request.POST.get("after", "")
    if not raw_place:
        return None
    first, second = opened.unseal(request, _PLACE, raw_place)["at"]
    return int(first), int(second)


def _sealed(request: DeskRequest, place: tuple[int, int]) -> str:
    return opened.seal(request, _PLACE, {"at": list(place)})


def _page(
    request: DeskRequest,
    kind: Kind,
    branch: str,
    *,
    people: dict[str, Any] | None = None,
    said: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    branch = _branch(branch)
    items = _ITEMS[kind.code](branch) if kind.code in _ITEMS else ()
    context = {
        "kinds": KINDS,
        "kind": kind,
        "branch": branch,
        "branches": branch_names(),
        "items": [_item_in_words(each) for each in items],
        "people": people,
        "months": _months() if kind.code == "cards" and people is None else (),
        "may_open_cards": Role.CIRCULATION_LEAD in request.actor.roles,
        "said": said,
    }
    return render(request, "desk/lists_page.html", context, status=status)


def _item_in_words(each: ListedItem) -> dict[str, str]:
    names = branch_names()
    return {
        "title": each.item.title,
        "barcode": each.item.barcode,
        "call_number": each.call_number,
        "home": names.get(each.item.branch, each.item.branch),
        "due": shown.in_full(shown.day_of(each.due_at, zone_of(house()))) if each.due_at is not None else "",
        "to": names.get(each.to_branch, each.to_branch),
        "since": shown.in_full(each.since),
    }


def _late_in_words(request: DeskRequest, found: LatePage) -> dict[str, Any]:
    zone = zone_of(house())
    rows = [
        {
            "title": line.item.title,
            "barcode": line.item.barcode,
            "due": shown.in_full(shown.day_of(line.due_at, zone)),
            "days": line.days_late,
            "stage": _STAGES.get(line.stage, line.stage.value.replace("_", " ")),
            "name": shown.full_name(line.borrower.given_name, line.borrower.family_name)
            if line.borrower
            else "",
            "phone": line.borrower.phone if line.borrower else "",
        }
        for line in found.lines
    ]
    return {"rows": rows, "next": _sealed(request, found.next_place) if found.next_place else ""}


def _months() -> list[dict[str, Any]]:
    now = lapsing.month_of(house().today())
    return [
        {
            "month": each.month,
            "name": _month_name(each.month),
            "count": each.patrons,
            "past": each.month < now,
        }
        for each in lapsing.months(house())
    ]


def _month_name(month: int) -> str:
    try:
        return f"{dt.date(month // 100, month % 100, 1):%B %Y}"
    except ValueError:
        return ""
