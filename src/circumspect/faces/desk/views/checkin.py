"""Taking back a cartful: scan after scan, each with what is to be done with it; slips for the way and the shelf.

A page of its own, with no patron on it and none to be opened. Items may come back as of an earlier time
(the book drop), be counted as used in the library, or be set aside as damaged.

Source: issue "The circulation desk complete", check-in; clauses TH-1.11, MP-4.5.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.returned import ReturnLine, line_of
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.acting import with_form
from circumspect.records.barcodes import BarcodeKind, kind_of
from circumspect.records.catalog import usecases as catalog
from circumspect.records.circulation import returning
from circumspect.records.circulation.items import CirculationError, DayError, NoSuchItemError
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.fees.rules import AmountError, cents_of
from circumspect.trust.door.errors import DoorError

MOST_AT_ONCE = 200
_CODE = re.compile(r"[0-9A-Z-]{1,12}")
# A list copied from a spreadsheet or a mail may have any of these between its numbers; no barcode has one in it.
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class How:
    """How what is scanned comes back.

    Attributes:
        mode: "return", "used" (in the library) or "damaged".
        returned_at: When it really came back; None for now.
        damage_cents: Charged for each damaged item that was on loan.
    """

    mode: str
    returned_at: int | None
    damage_cents: int


class _HowError(Exception):
    """A field of the page cannot be read."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def page(request: DeskRequest) -> HttpResponse:
    """The page, and what came of the scans just sent."""
    if request.method != "POST":
        return _page(request, {}, [])
    try:
        how = _how(request.POST.dict())
    except _HowError as problem:
        return _page(request, request.POST.dict(), [], wrong={problem.field: problem.reason})
    lines: list[ReturnLine] = []
    scans, rest = _scans(request)
    for place, scan in enumerate(scans, start=1):
        try:
            lines.insert(0, _taken(request, scan, how, place if len(scans) > 1 else 0))
        except DayError as problem:
            return _page(request, request.POST.dict(), lines, wrong={"returned_at": problem.reason})
        except DoorError as problem:
            said, status = refused(problem), status_of(problem)
            return _page(request, request.POST.dict(), lines, said=said, status=status)
    return _page(request, request.POST.dict(), lines, rest=rest)


def _scans(request: DeskRequest) -> tuple[list[str], list[str]]:
    """What was scanned, as much as is taken at once, and the rest."""
    typed = [request.POST.get("scan", ""), *_BETWEEN.split(request.POST.get("scans", ""))]
    scans = [each.strip()[:40] for each in typed if each.strip()]
    return scans[:MOST_AT_ONCE], scans[MOST_AT_ONCE:]


def _taken(request: DeskRequest, scan: str, how: How, place: int) -> ReturnLine:
    try:
        back = returning.check_in(
            house(),
            request.actor,
            scan,
            branch=request.member.branch,
            returned_at=how.returned_at,
            damaged=how.mode == "damaged",
            damage_cents=how.damage_cents,
            in_house=how.mode == "used",
        )
    except NoSuchItemError:
        return _unknown(scan, place)
    except DayError:
        raise
    except CirculationError as problem:
        return ReturnLine(Tone.STOP, "Not checked in.", "", "", (str(problem).capitalize() + ".",))
    return line_of(back)


def _unknown(scan: str, place: int) -> ReturnLine:
    """Why a number brought nothing back. It is not repeated, as it may be a card's: its place in the list finds it."""
    where = (f"Number {place} of the list.",) if place else ()
    if kind_of(scan) is BarcodeKind.PATRON:
        return ReturnLine(
            Tone.STOP, "This is a library card.", "", "", (*where, "Scan the item. Nothing was opened.")
        )
    return ReturnLine(
        Tone.STOP, "No item has this barcode.", "", "", (*where, "Scan it again, or set it aside.")
    )


def _how(typed: Mapping[str, str]) -> How:
    mode = typed.get("mode", "return")
    mode = mode if mode in ("return", "used", "damaged") else "return"
    returned_at: int | None = None
    if typed.get("returned_at"):
        try:
            local = dt.datetime.fromisoformat(typed["returned_at"]).replace(tzinfo=zone_of(house()))
            returned_at = int(local.timestamp())
        except (ValueError, OverflowError):
            raise _HowError("returned_at", "give a day and a time, or leave it empty for now") from None
    cents = 0
    if mode == "damaged" and typed.get("damage", "").strip():
        try:
            cents = cents_of(typed["damage"])
        except AmountError as problem:
            raise _HowError("damage", problem.reason) from None
    return How(mode, returned_at, cents)


def _page(
    request: DeskRequest,
    typed: Mapping[str, str],
    lines: list[ReturnLine],
    *,
    wrong: Mapping[str, str] | None = None,
    said: Said | None = None,
    rest: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "lines": lines,
        # What was taken is not offered again; what was not, comes back.
        "typed": {
            **typed,
            "mode": typed.get("mode", "return"),
            "scans": typed.get("scans", "") if wrong or said else "\n".join(rest or ()),
        },
        "wrong": wrong or {},
        "said": said,
        "modes": (("return", "Return"), ("used", "Used in the library"), ("damaged", "Damaged")),
        "branch": branch_names().get(request.member.branch, request.member.branch),
        "many": bool(rest),
        "most": MOST_AT_ONCE,
    }
    return render(request, "desk/checkin_page.html", context, status=422 if wrong else status)


@require_POST
@with_form
def slip(request: DeskRequest) -> HttpResponse:
    """A slip to lie in the item, for 80 mm paper: where it goes, or the code it waits under. No name, no card."""
    kind, code = request.POST.get("kind", ""), request.POST.get("code", "")
    item = catalog.item_by_barcode(request.POST.get("item", ""))
    branch = branch_names().get(request.POST.get("branch", ""))
    if (
        kind not in ("transit", "hold")
        or item is None
        or branch is None
        or (code and not _CODE.fullmatch(code))
    ):
        said = Said(Tone.STOP, "This slip cannot be printed.", "Scan the item again.")
        return _page(request, {}, [], said=said, status=422)
    try:
        until = shown.in_full(dt.date.fromisoformat(request.POST.get("until", "")))
    except ValueError:
        until = ""
    context = {
        "kind": kind,
        "code": code,
        "branch": branch,
        "until": until,
        # On a hold slip nothing says what is read by whoever the code is.
        "item": item if kind == "transit" else None,
        "printed_on": shown.in_full(house().today()),
    }
    return render(request, "desk/checkin_slip.html", context)
