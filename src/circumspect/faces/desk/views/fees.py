"""Fees at the desk: the sheet of the open patron, what is paid or let go on it, and the day's money.

The sheet opens when a clerk asks for it, never by itself. What is wrong with an amount or a reason comes
back beside its form, with what was typed. The pages of the drawer and the day have no patron in them.

Source: issue "The circulation desk complete", fees; clauses TH-1.13, TH-1.20, TH-1.23, MP-4.16.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from circumspect.faces.desk import opened, shown
from circumspect.faces.desk.feesheet import FeeSheet, how_let_go, receipt_context, sheet_of
from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.opened import Held, StaleSlipError
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone, refused, status_of
from circumspect.faces.desk.views.acting import CLEARED, act, typed
from circumspect.records.fees import deposits, drawer, settling
from circumspect.records.fees.account import account
from circumspect.records.fees.lines import NoSuchFeeError
from circumspect.records.fees.rules import (
    CODE_WORDS,
    CODES,
    KIND_WORDS,
    METHOD_WORDS,
    Code,
    CodeError,
    EntryKind,
    FeeKind,
    Method,
    MoneyError,
    cents_of,
    dollars,
)
from circumspect.records.patrons import cards
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance, Role

NOW = Circumstance.OPEN_TRANSACTION
RECEIPT = "receipt"
MOST_ID = 2**62
# Whose work the day's money is. There is no patron in it, so no door is asked.
_MONEY_ROLES = frozenset(
    {
        Role.DESK,
        Role.CIRCULATION_LEAD,
        Role.FINANCE,
        Role.SUPERVISOR,
        Role.DEPUTY_DIRECTOR,
        Role.EXECUTIVE_DIRECTOR,
    }
)
_TAKE_OFF = {
    EntryKind.WAIVED: (settling.waive, "waived"),
    EntryKind.CREDITED: (settling.credit, "credited"),
    EntryKind.WRITTEN_OFF: (settling.write_off, "written off"),
}

Do = Callable[[DeskRequest, Held], Screen]


def money_act(do: Do) -> Do:
    """An act on the sheet: what does not do about the money comes back on it, with what was typed."""

    @wraps(do)
    def tried(request: DeskRequest, held: Held) -> Screen:
        try:
            screen = do(request, held)
        except MoneyError as problem:
            screen = Screen(
                open_form=request.POST.get("form", ""),
                form_error=problem.reason,
                typed=typed(request),
                loans_only=True,
                said=_not_booked(problem, beside_a_form="form" in request.POST),
            )
        if screen.fees is None:
            screen.fees = _sheet(request, held)
        return screen

    return tried


def _not_booked(problem: MoneyError, *, beside_a_form: bool) -> Said:
    words = "" if beside_a_form else f"{problem.reason[:1].upper()}{problem.reason[1:]}."
    return Said(Tone.STOP, "Nothing was booked.", words)


@act
@money_act
def fees(_request: DeskRequest, _held: Held) -> Screen:
    """Open the sheet."""
    return Screen(loans_only=True)


@act
@money_act
def pay(request: DeskRequest, held: Held) -> Screen:
    """Take a payment: all that is owed, one fee, or an amount for the oldest."""
    method = _choice(Method, request.POST.get("method", ""), "method", "choose how it is paid")
    chosen = _fee_or_none(request.POST.get("fee", ""))
    receipt = settling.pay(
        house(),
        request.actor,
        held.patron,
        cents_of(request.POST.get("amount", "")),
        method=method,
        branch=request.member.branch,
        circumstance=NOW,
        fees=(chosen,) if chosen else (),
        rest_to_deposit=request.POST.get("rest") == "deposit",
    )
    over = f" {dollars(receipt.to_deposit)} of it went on the deposit." if receipt.to_deposit else ""
    said = Said(Tone.DONE, "Paid.", f"{dollars(receipt.total)}, {METHOD_WORDS[method].lower()}.{over}")
    sealed = opened.seal(request, RECEIPT, _on_paper(receipt))
    return Screen(said=said, fees=_sheet(request, held, sealed))


@act
@money_act
def let_go(request: DeskRequest, held: Held) -> Screen:
    """Waive, credit or write off, as the reason says."""
    kind = how_let_go(request.POST.get("code", ""))
    if kind is None:
        raise CodeError
    use_case, words = _TAKE_OFF[kind]
    use_case(
        house(),
        request.actor,
        held.patron,
        _fee(request),
        cents_of(request.POST["amount"]) if request.POST.get("amount", "").strip() else None,
        code=Code(request.POST["code"]),
        branch=request.member.branch,
        circumstance=NOW,
    )
    return Screen(said=Said(Tone.DONE, f"It is {words}."))


@act
@money_act
def refund(request: DeskRequest, held: Held) -> Screen:
    """Give back what was paid."""
    method = _choice(Method, request.POST.get("method", ""), "method", "choose how it goes back")
    settling.refund(
        house(),
        request.actor,
        held.patron,
        _fee(request),
        cents_of(request.POST.get("amount", "")),
        method=method,
        code=_choice(Code, request.POST.get("code", ""), "code", "choose the reason from the list"),
        branch=request.member.branch,
        circumstance=NOW,
    )
    return Screen(said=Said(Tone.DONE, "It is refunded."))


@act
@money_act
def charge(request: DeskRequest, held: Held) -> Screen:
    """Charge by hand."""
    kind = _choice(FeeKind, request.POST.get("kind", ""), "kind", "choose what it is for from the list")
    settling.charge_by_hand(
        house(),
        request.actor,
        held.patron,
        kind,
        cents_of(request.POST.get("amount", "")),
        branch=request.member.branch,
        circumstance=NOW,
    )
    return Screen(said=Said(Tone.DONE, "It is charged.", f"{KIND_WORDS[kind]}."))


@act
@money_act
def deposit(request: DeskRequest, held: Held) -> Screen:
    """Put money on the card, or pay it out."""
    use_case = deposits.pay_out if request.POST.get("way") == "out" else deposits.top_up
    left = use_case(
        house(),
        request.actor,
        held.patron,
        cents_of(request.POST.get("amount", "")),
        method=_choice(Method, request.POST.get("method", ""), "method", "choose how it is paid"),
        branch=request.member.branch,
        circumstance=NOW,
    )
    return Screen(said=Said(Tone.DONE, "The deposit is changed.", f"It holds {dollars(left)} now."))


@require_POST
def receipt(raw_request: HttpRequest) -> HttpResponse:
    """A receipt for 80 mm paper, of the payment just taken: amounts, kinds and the day."""
    request = cast(DeskRequest, raw_request)
    try:
        sealed = opened.unseal(request, RECEIPT, request.POST.get("receipt", ""))
    except StaleSlipError:
        return redirect("desk")
    return render(request, "desk/fees_receipt.html", receipt_context(sealed))


# the day


@require_safe
def day(raw_request: HttpRequest) -> HttpResponse:
    """The money of one day, and the drawer of this branch."""
    request = _money_request(raw_request)
    return _day_page(request, _day(request.GET.get("day", "")), request.GET.get("branch"))


@require_POST
def close_drawer(raw_request: HttpRequest) -> HttpResponse:
    """Write down what was counted in this branch's drawer today."""
    request = _money_request(raw_request)
    today = house().today()
    try:
        drawer.close_drawer(
            today,
            request.member.branch,
            opening=cents_of(request.POST.get("opening", ""), "opening"),
            counted=cents_of(request.POST.get("counted", ""), "counted"),
        )
    except MoneyError as problem:
        return _day_page(request, today, None, problem)
    return redirect("fees-day")


@require_POST
def by_card(raw_request: HttpRequest) -> HttpResponse:
    """What is owed on a card, for finance: kinds and amounts, without a name and without an item."""
    request = _money_request(raw_request)
    found = cards.find_card(house(), request.POST.get("card", ""))
    if found is None:
        said = Said(Tone.STOP, "No library card has this number.", "Scan it again.")
        return _card_page(request, None, said)
    opened.next_turn(request)
    return _card_page(request, Held(found.patron, Circumstance.CARD_SCANNED), None)


@require_POST
def write_off(raw_request: HttpRequest) -> HttpResponse:
    """Write off a fee of the card that finance holds open."""
    request = _money_request(raw_request)
    try:
        held = opened.held_by(request, request.POST.get("slip", ""))
    except StaleSlipError:
        held = None
    if held is None:
        return _card_page(request, None, CLEARED)
    try:
        settling.write_off(
            house(),
            request.actor,
            held.patron,
            _fee(request),
            None,
            code=_choice(Code, request.POST.get("code", ""), "code", CodeError.reason),
            branch=request.member.branch,
            circumstance=NOW,
        )
        said = Said(Tone.DONE, "It is written off.")
    except MoneyError as problem:
        said = _not_booked(problem, beside_a_form=False)
    except DoorError as problem:
        return _card_page(request, None, refused(problem), status_of(problem))
    return _card_page(request, replace(held, circumstance=NOW), said)


def _card_page(request: DeskRequest, held: Held | None, said: Said | None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"said": said}
    if held is not None:
        try:
            seen = account(house(), request.actor, held.patron, circumstance=held.circumstance)
            context |= {
                "sheet": sheet_of(seen, request.actor.roles),
                "slip": opened.slip_for(request, held),
                "codes": [(code.value, CODE_WORDS[code]) for code in CODES[EntryKind.WRITTEN_OFF]],
            }
        except DoorError as problem:
            context["said"], status = refused(problem), status_of(problem)
    return render(request, "desk/fees_card.html", context, status=status)


def _day_page(
    request: DeskRequest, day: dt.date, raw_branch: str | None, problem: MoneyError | None = None
) -> HttpResponse:
    names = branch_names()
    branch = request.member.branch if raw_branch is None else raw_branch if raw_branch in names else ""
    report = drawer.day_report(day, branch)
    today = house().today()
    context: dict[str, Any] = {
        "report": report,
        "money": [_row(each) for each in report.money],
        "other": [_row(each) for each in report.other],
        "net": dollars(report.net),
        "drawer": _drawer(report.drawer) if report.drawer else None,
        "may_count": day == today and branch == request.member.branch and branch != "",
        "day": day,
        "day_words": shown.in_full(day),
        "today": today,
        "before": day - dt.timedelta(days=1),
        "after": day + dt.timedelta(days=1) if day < today else None,
        "branches": names,
        "branch": branch,
        "branch_name": names.get(branch, "All branches"),
        "error": problem,
        "may_open_a_card": Role.FINANCE in request.actor.roles,
        "typed": typed(request),
    }
    return render(request, "desk/fees_day.html", context, status=422 if problem else 200)


def _row(sums: drawer.Sums) -> dict[str, Any]:
    return {
        "what": drawer.KIND_WORDS[sums.kind],
        "method": METHOD_WORDS[sums.method] if sums.method else "",
        "amount": dollars(sums.signed),
        "times": sums.count,
    }


def _drawer(found: drawer.Drawer) -> dict[str, Any]:
    difference = found.difference
    return {
        "is_counted": found.counted is not None,
        "taken": dollars(found.taken),
        "opening": dollars(found.opening),
        "expected": dollars(found.expected),
        "counted": dollars(found.counted or 0),
        "difference": f"{dollars(abs(difference))} too {'little' if difference < 0 else 'much'}"
        if difference
        else "none",
        "is_off": bool(difference),
        "late": dollars(found.late) if found.late else "",
    }


def _money_request(raw_request: HttpRequest) -> DeskRequest:
    request = cast(DeskRequest, raw_request)
    if not _MONEY_ROLES & request.actor.roles:
        raise PermissionDenied
    return request


def _day(text: str) -> dt.date:
    try:
        return min(dt.date.fromisoformat(text), house().today())
    except ValueError:
        return house().today()


# reading what was typed


def _sheet(request: DeskRequest, held: Held, sealed_receipt: str = "") -> FeeSheet:
    seen = account(house(), request.actor, held.patron, circumstance=NOW)
    return sheet_of(seen, request.actor.roles, sealed_receipt)


def _on_paper(receipt: settling.Receipt) -> dict[str, Any]:
    parts = [(KIND_WORDS[kind], cents) for kind, cents in receipt.parts]
    if receipt.to_deposit:
        parts.append(("Put on the deposit", receipt.to_deposit))
    return {
        "parts": parts,
        "total": receipt.total,
        "method": METHOD_WORDS[receipt.method],
        "day": shown.in_full(receipt.day),
        "branch": branch_names().get(receipt.branch, receipt.branch),
    }


def _fee(request: DeskRequest) -> int:
    chosen = _fee_or_none(request.POST.get("fee", ""))
    if chosen is None:
        raise MoneyError("choose the fee", "fee")
    return chosen


def _fee_or_none(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20) or int(text) > MOST_ID:
        raise NoSuchFeeError
    return int(text)


def _choice(options: Any, text: str, field: str, words: str) -> Any:
    try:
        return options(text)
    except ValueError:
        raise MoneyError(words, field) from None
