"""What we hold about you, and who looked: on a page, and to take home as JSON, PDF and a file of proofs.

Source: guarantee 10; clauses MP-3.9, TH-1.2, TH-2.2, MP-7.15.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from circumspect import composition
from circumspect.faces.portal import holdings, lookwords, paper, sessions, words
from circumspect.faces.portal.guard import PortalRequest, number, own_page, show
from circumspect.faces.portal.looks import Line, entries_about, groups_of, is_own, line_of, lines_of
from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.offices.retention.erasing import Ending, erase_on_request
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.patrons import cards
from circumspect.trust.ledger.errors import LedgerError
from circumspect.trust.ledger.proofs import proof_file

PAGE = 50
_NOT_FORGOTTEN = {
    Ending.THINGS_OUT: gettext_lazy("You still have something out. Bring it back first; nothing was erased."),
    Ending.MONEY_LEFT: gettext_lazy(
        "There is money on your card. Have it paid out at a desk first; nothing was erased."
    ),
}


@own_page
def held(request: PortalRequest) -> HttpResponse:
    """Each datum with its reason, its end and who may see it; and the wish to be forgotten."""
    if request.method == "POST":
        return _forget(request)
    return _held_page(request)


def _forget(request: PortalRequest) -> HttpResponse:
    """Erase the whole account, as far as may be now. It takes the PIN and a tick: nothing brings it back."""
    live, pin = request.live, request.POST.get("pin", "")[:64]
    if not request.POST.get("sure"):
        return _held_page(request, _("Tick the box to say that you are sure."))
    if cards.check_pin(house(), live.actor, live.patron, pin) is not cards.PinAnswer.RIGHT:
        return _held_page(request, str(words.NOT_YOUR_PIN))
    outcome = erase_on_request(house(), live.actor, live.patron, spare=composition.spared_letters(house()))
    if outcome.is_done:
        # Where something is still owed, name, contact and the amount stay until it is paid, and nothing else.
        return _gone(request)
    return _held_page(request, str(_NOT_FORGOTTEN[outcome.ending]))


def _gone(request: PortalRequest) -> HttpResponse:
    sessions.end(request.COOKIES.get(settings.PATRON_COOKIE, ""))
    response = HttpResponseRedirect(languages.address("portal-ended") + "?out=1")
    sessions.drop_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _held_page(request: PortalRequest, error: str = "") -> HttpResponse:
    sections = holdings.held_about(house(), request.live.actor, request.live.patron)
    return show(
        request,
        "held.html",
        {
            "sections": [each for each in sections if each.records],
            "empty": [
                each.title for each in sections if not each.records and each.series in holdings.wanted()
            ],
            "besides": [each for each in sections if each.besides],
            "error": error,
        },
        status=400 if error else 200,
    )


@own_page
def held_json(request: PortalRequest) -> HttpResponse:
    """All of it for a machine: values, reasons, and the looks beside them."""
    # Without indents: they would keep the writing from being done in C, and ten thousand looks are four megabytes.
    text = json.dumps(_everything(request), ensure_ascii=False)
    return _file(text.encode(), "application/json", "library-record.json")


@own_page
def held_pdf(request: PortalRequest) -> HttpResponse:
    """All of it on paper."""
    name = str(house().home.setting("library", "name", "Library"))
    made = paper.pdf(_everything(request), library=name, language=languages.current())
    return _file(made, "application/pdf", "library-record.pdf")


@own_page
def looks(request: PortalRequest) -> HttpResponse:
    """Every look, newest first; or, for whoever asks what others did, without their own."""
    # Only the lines of this page are put into words; all are counted.
    every = groups_of(_entries(request))
    others = [group for group in every if not is_own(group)]
    only_others = request.GET.get("of") == "others"
    lines = others if only_others else every
    pages = max(1, -(-len(lines) // PAGE))
    at = min(max(1, number(request.GET.get("page", "1"))), pages)
    shown = lines[(at - 1) * PAGE : at * PAGE]
    context = {
        "lines": list(in_words(line_of(group, zone_of(house())) for group in shown)),
        "count": len(every),
        "count_others": len(others),
        "only_others": only_others,
        "at": at,
        "pages": pages,
        "newer": at - 1 if at > 1 else 0,
        "older": at + 1 if at < pages else 0,
    }
    return show(request, "looks.html", context)


@own_page
def looks_proof(request: PortalRequest) -> HttpResponse:
    """The looks as they stand in the signed ledger, with what proves it; to be checked with no help of ours."""
    entries = _entries(request)
    try:
        made = proof_file(house().ledger, entries)
    except LedgerError:
        return HttpResponseRedirect(languages.address("portal-looks"))
    return _file(made, "application/json", "library-looks-proof.json")


def in_words(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """Looks as the page shows them, and a file. Most are alike but for their moment: each sort is put into words once."""
    worded: dict[tuple[object, ...], dict[str, Any]] = {}
    for line in lines:
        sort = (
            line.actor,
            line.roles,
            line.action,
            line.purpose,
            line.circumstance,
            line.reason,
            line.asked,
        )
        if sort not in worded:
            worded[sort] = _words_of(line)
        yield {**worded[sort], "at": line.at, "allowed": line.allowed, "clauses": line.clauses}


def _words_of(line: Line) -> dict[str, Any]:
    by_series: dict[str, list[str]] = {}
    for series, name in line.asked:
        by_series.setdefault(series, []).append(lookwords.detail(series, name))
    circumstance = lookwords.CIRCUMSTANCES.get(line.circumstance, line.circumstance)
    reason = lookwords.REASONS.get(line.reason, line.reason)
    return {
        "who": lookwords.who(line.actor, line.roles, line.purpose),
        "did": str(lookwords.ACTIONS.get(line.action, line.action)),
        "purpose": str(lookwords.PURPOSES.get(line.purpose, line.purpose)),
        "because": str(reason or circumstance),
        "what": [(lookwords.series_name(series), ", ".join(names)) for series, names in by_series.items()],
    }


def _entries(request: PortalRequest) -> list[Any]:
    return entries_about(
        house(), request.live.actor, request.live.patron, is_gagged=composition.gagged_looks(house())
    )


def _everything(request: PortalRequest) -> dict[str, Any]:
    sections = holdings.held_about(house(), request.live.actor, request.live.patron)
    lines = lines_of(_entries(request), zone_of(house()))
    return {
        "made_on": house().today().isoformat(),
        "held": [
            {
                "series": each.series,
                "title": each.title,
                "records": [[_plain(datum) for datum in record] for record in each.records],
                "besides": [{"why": one.why, "until": one.until, "who": one.who} for one in each.besides],
            }
            for each in sections
        ],
        "looks": [_look(*each) for each in zip(lines, in_words(lines), strict=True)],
        "note": _(
            "A look is listed with what was asked for. No value, title or search is in the list of looks."
        ),
    }


def _plain(datum: holdings.Datum) -> dict[str, Any]:
    return {
        "field": datum.name,
        "label": datum.label,
        "value": datum.value,
        "since": datum.since.isoformat() if datum.since else None,
        "why": datum.why,
        "until": datum.until,
        "who": datum.who,
    }


def _look(line: Line, words: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": line.at.isoformat(),
        "who": words["who"],
        "did": words["did"],
        "purpose": words["purpose"],
        "because": words["because"],
        "allowed": line.allowed,
        "asked": [f"{series}.{name}" for series, name in line.asked],
        "clauses": list(line.clauses),
        "ledger": list(line.entries),
    }


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.in_our_words = True  # type: ignore[attr-defined]
    return response
