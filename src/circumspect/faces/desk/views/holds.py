"""Holds at the desk: the sheet of the open patron, the pull list, the hold shelf.

The sheet opens when a clerk asks for it. What was typed comes back where it could not be used. The two
lists have no patron on them, and no address says of any of this whose it is: acts are posted.

Source: issue "The circulation desk complete", holds; clauses MP-4.11, MP-4.12.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk import shown
from circumspect.faces.desk.holdsheet import HoldSheet, TitleRow, hold_row, request_row, title_row
from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone, refused, status_of
from circumspect.faces.desk.views.acting import act, typed, with_form
from circumspect.records.barcodes import normalise
from circumspect.records.catalog import search as catalog_search
from circumspect.records.catalog import usecases as catalog
from circumspect.records.catalog.models import Title
from circumspect.records.circulation import requesting
from circumspect.records.holds import lists, placing
from circumspect.records.holds.placing import HoldError, HoldFieldError, NotPlaced, Wanted
from circumspect.records.ill import asking
from circumspect.records.ill.asking import IllError, NotAsked
from circumspect.records.ill.citations import Citation, CitationError
from circumspect.records.ill.states import WrongStepError
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance, Reason

NOW = Circumstance.OPEN_TRANSACTION
MOST_ID = 2**62
MOST_FOUND = 12
_CITED = ("title", "author", "year", "publisher", "edition", "isbn", "part")

Do = Callable[[DeskRequest, Held], Screen]


def hold_act(do: Do) -> Do:
    """An act on the sheet: what cannot be done comes back on it, with what was typed."""

    @wraps(do)
    def tried(request: DeskRequest, held: Held) -> Screen:
        form = request.POST.get("form", "")
        try:
            screen = do(request, held)
        except (HoldFieldError, CitationError) as problem:
            screen = Screen(
                said=Said(Tone.STOP, "Nothing was changed.", _sentence(problem.reason)),
                open_form=form,
                form_error=problem.reason,
                typed=typed(request),
            )
        except (HoldError, IllError, WrongStepError) as problem:
            screen = Screen(said=Said(Tone.STOP, "Nothing was changed.", _sentence(str(problem))))
        screen.loans_only = True
        if screen.holds is None:
            screen.holds = _sheet(request, held)
        return screen

    return tried


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."


def _sheet(
    request: DeskRequest, held: Held, *, words: str = "", found: list[TitleRow] | None = None
) -> HoldSheet:
    branches = branch_names()
    holds = placing.holds_of(house(), request.actor, held.patron, circumstance=NOW)
    requests = asking.requests_of(house(), request.actor, held.patron, circumstance=NOW)
    return HoldSheet(
        [hold_row(hold, branches) for hold in holds],
        [request_row(each) for each in requests],
        sum(hold.state == "on_shelf" for hold in holds),
        branches,
        request.POST.get("pickup_branch", "") or request.member.branch,
        words,
        found,
    )


def _day(text: str, field: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise HoldFieldError(field, "choose a day, or leave it empty") from None


def _number(text: str) -> int:
    return (
        int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < MOST_ID * 2 else 0
    )


@act
@hold_act
def holds(request: DeskRequest, held: Held) -> Screen:
    """Open the sheet; with words, look for a title to wait for."""
    words = request.POST.get("words", "").strip()[:200]
    if not words:
        return Screen()
    # A scanned copy offers itself as well as its title.
    copy = catalog.item_by_barcode(normalise(words))
    found = [
        title_row(each, copy.barcode if copy else "")
        for each in catalog_search.search(words, limit=MOST_FOUND)
    ]
    return Screen(holds=_sheet(request, held, words=words, found=found))


@act
@hold_act
def place(request: DeskRequest, held: Held) -> Screen:
    """Place a hold on a title or on one copy; for those who may, in spite of what stops it."""
    wanted = _wanted(request)
    try:
        override = Reason(request.POST.get("reason", ""))
    except ValueError:
        override = None
    answer = requesting.place_hold(
        house(),
        request.actor,
        held.patron,
        wanted,
        pickup_branch=request.POST.get("pickup_branch", ""),
        circumstance=NOW,
        expires_on=_day(request.POST.get("expires_on", ""), "expires_on"),
        override=override,
    )
    if isinstance(answer, NotPlaced):
        lines = tuple(each.words for each in answer.hindrances)
        return Screen(
            said=Said(Tone.STOP, "No hold was placed.", lines=lines),
            holds=_sheet(
                request, held, found=_offered_again(request, may=answer.may_override(request.actor.roles))
            ),
        )
    return Screen(said=Said(Tone.DONE, "The hold is placed.", f"Number {answer.position} in the queue."))


def _wanted(request: DeskRequest) -> Wanted:
    barcode = request.POST.get("copy", "")
    if barcode:
        item = catalog.item_by_barcode(normalise(barcode))
        return Wanted(item.title_id, item.id) if item else Wanted(0, 0)
    return Wanted(_number(request.POST.get("title", "")))


def _offered_again(request: DeskRequest, *, may: bool) -> list[TitleRow] | None:
    """The title that was stopped, where whoever is at the desk may go on all the same."""
    barcode = request.POST.get("copy", "")
    item = catalog.item_by_barcode(normalise(barcode)) if barcode else None
    number = item.title_id if item else _number(request.POST.get("title", ""))
    title = Title.objects.filter(id=number).values_list("title", flat=True).first() if may else None
    if title is None:
        return None
    return [TitleRow(number, title, "", "", "", item.barcode if item else "", override=True)]


@act
@hold_act
def change(request: DeskRequest, held: Held) -> Screen:
    """Cancel, freeze, thaw or move one of the patron's holds."""
    number, do = _number(request.POST.get("hold", "")), request.POST.get("do", "")
    who = (house(), request.actor, held.patron, number)
    if do == "cancel":
        on_shelf = placing.cancel(*who, circumstance=NOW)
        words = "Its copy stands on the hold shelf: take it off and check it in." if on_shelf else ""
        return Screen(said=Said(Tone.NOTE if on_shelf else Tone.DONE, "The hold is cancelled.", words))
    if do == "freeze":
        until = _day(request.POST.get("frozen_until", ""), "frozen_until")
        placing.freeze(*who, until=until, circumstance=NOW)
        return Screen(said=Said(Tone.DONE, "The hold is frozen.", "It keeps its place."))
    if do == "thaw":
        placing.thaw(*who, circumstance=NOW)
        return Screen(said=Said(Tone.DONE, "The hold goes on."))
    if do == "move":
        branch = request.POST.get("pickup_branch", "")
        placing.move(*who, pickup_branch=branch, circumstance=NOW)
        return Screen(said=Said(Tone.DONE, "It will be picked up there.", branch_names().get(branch, "")))
    return Screen(said=Said(Tone.STOP, "Nothing was changed.", "Choose what to do with the hold."))


# what other libraries are asked for


@act
@hold_act
def ask_elsewhere(request: DeskRequest, held: Held) -> Screen:
    """Write down what another library is to be asked for."""
    citation = Citation.typed(**{name: request.POST.get(name, "") for name in _CITED})
    answer = asking.ask(
        house(),
        request.actor,
        held.patron,
        citation,
        pickup_branch=request.POST.get("pickup_branch", ""),
        circumstance=NOW,
    )
    if isinstance(answer, NotAsked):
        lines = tuple(each.words for each in answer.hindrances)
        return Screen(
            said=Said(Tone.STOP, "Nothing was asked for.", lines=lines), open_form="ill", typed=typed(request)
        )
    return Screen(said=Said(Tone.DONE, "The request is written down.", "It is on the list Interlibrary."))


@act
@hold_act
def cancel_elsewhere(request: DeskRequest, held: Held) -> Screen:
    """Cancel a request that is not here yet."""
    number = _number(request.POST.get("request", ""))
    asking.cancel(house(), request.actor, held.patron, number, circumstance=NOW)
    return Screen(said=Said(Tone.DONE, "The request is cancelled."))


# lists without anybody on them


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def pull(request: DeskRequest) -> HttpResponse:
    """What to fetch from the shelves of this branch. POST: a copy was not found."""
    said, status = None, 200
    branch = _branch(request)
    lines: list[lists.PullLine] = []
    try:
        if request.method == "POST":
            gone = lists.not_on_shelf(
                house(), request.actor, item_id=_number(request.POST.get("item", "")), branch=branch
            )
            words = ("It is marked as missing.", "Another copy is fetched if there is one.")
            said = Said(Tone.DONE, *words) if gone else Said(Tone.NOTE, "It was not on the list any more.")
        lines = lists.pull_list(house(), request.actor, branch=branch)
    except DoorError as problem:
        said, status = refused(problem), status_of(problem)
    names = branch_names()
    context = {
        "said": said,
        "lines": [(line, names.get(line.pickup_branch, line.pickup_branch)) for line in lines],
        "branches": names,
        "branch": branch,
        "branch_name": names.get(branch, branch),
        "made_on": shown.in_full(house().today()),
    }
    return render(request, "desk/holds_pull.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def shelf(request: DeskRequest) -> HttpResponse:
    """The hold shelf of this branch. POST: find a code, or end what was not picked up."""
    said, status = None, 200
    branch = _branch(request)
    context: dict[str, object] = {}
    try:
        if request.POST.get("do") == "end":
            ended = lists.end_overdue(house(), request.actor, branch=branch)
            said = Said(Tone.DONE, f"{ended} ended." if ended else "None was over its day.")
        elif request.POST.get("do") == "find":
            found = lists.find_by_code(
                house(), request.actor, branch=branch, code=request.POST.get("code", "")[:20]
            )
            said = (
                Said(Tone.DONE, found.code, found.title, lines=(found.barcode,))
                if found
                else Said(Tone.STOP, "Nothing stands under this code here.", "Ask for the code once more.")
            )
        lines = lists.shelf_list(house(), request.actor, branch=branch)
        context["left"] = lists.left_over(house(), request.actor, branch=branch)
        context["lines"] = [
            (line, shown.in_full(line.pick_up_by), line.pick_up_by.isoformat()) for line in lines
        ]
        context["over"] = sum(line.is_over for line in lines)
    except DoorError as problem:
        said, status = refused(problem), status_of(problem)
    names = branch_names()
    context |= {
        "said": said,
        "branches": names,
        "branch": branch,
        "branch_name": names.get(branch, branch),
        "made_on": shown.in_full(house().today()),
    }
    return render(request, "desk/holds_shelf.html", context, status=status)


def _branch(request: DeskRequest) -> str:
    """The branch asked for, or the one whose desk this is."""
    asked = request.POST.get("branch", "") or request.GET.get("branch", "")
    names = branch_names()
    return asked if asked in names else request.member.branch or next(iter(names), "")
