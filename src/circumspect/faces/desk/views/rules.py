"""Loan rules: the table, one rule's form, "what would happen if", and when a branch is open.

Nothing of a patron is here. Everybody signed in may read the rules; a circulation lead writes them.

Source: issue "The circulation desk complete", loan rules; clause MP-2.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk import hourforms, ruleforms, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.ruleforms import KEY, Field, Names
from circumspect.faces.desk.screens import DeskRequest, Said, Tone
from circumspect.faces.desk.views.acting import with_form
from circumspect.records.catalog.models import ItemType
from circumspect.records.circulation import simulation
from circumspect.records.circulation.rulebook import (
    RULE_BOOK,
    drop_terms,
    ladder_of,
    limits_of,
    put_terms,
    zone_of,
)
from circumspect.records.circulation.rules import DEFAULT_TERMS, LoanTerms
from circumspect.records.fees.rules import AmountError, cents_of, dollars
from circumspect.records.patrons.standing import BLOCK_RULES, SETTABLE, BlockKind
from circumspect.trust.policy.request import Role

_NOT_YOURS = Said(
    Tone.STOP, "Loan rules are written by the circulation lead.", "You may read them and try them."
)


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One row of the table.

    Attributes:
        key: Names of category, item type and branch, each with whether it is any of them.
        query: The rule's key, for an address: it names no person.
    """

    key: tuple[tuple[str, bool], ...]
    period: str
    renewals: str
    limit: str
    fine: str
    query: str
    built_in: bool = False


def may_write(request: DeskRequest) -> bool:
    """Whether this member writes loan rules and opening hours."""
    return Role.CIRCULATION_LEAD in request.actor.roles


@require_safe
@with_form
def table(request: DeskRequest) -> HttpResponse:
    """Every rule, the widest first."""
    return _table(request)


def _table(request: DeskRequest, said: Said | None = None, status: int = 200) -> HttpResponse:
    known = ruleforms.names(house())
    rules = sorted(
        RULE_BOOK.all(),
        key=lambda each: tuple(
            (bool(code), name) for code, name in zip(_key(each), known.of(each), strict=True)
        ),
    )
    rows = [_row(known, terms) for terms in rules]
    if not any(_key(terms) == ("", "", "") for terms in rules):
        rows.insert(0, _row(known, DEFAULT_TERMS, built_in=True))
    context = {"rows": rows, "said": said, "may_write": may_write(request)}
    return render(request, "desk/rules_table.html", context, status=status)


def _row(known: Names, terms: LoanTerms, *, built_in: bool = False) -> RuleShown:
    return RuleShown(
        tuple((name, not code) for name, code in zip(known.of(terms), _key(terms), strict=True)),
        ruleforms.period_in_words(terms),
        ruleforms.renewals_in_words(terms),
        ruleforms.limit_in_words(terms),
        ruleforms.fine_in_words(terms),
        _query(dict(zip(KEY, _key(terms), strict=True))),
        built_in,
    )


def _key(terms: LoanTerms) -> tuple[str, str, str]:
    return terms.category, terms.item_type, terms.branch


def _query(values: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(values)
    return str(query.urlencode())


def _stored(key: Mapping[str, str]) -> LoanTerms | None:
    wanted = tuple(key.get(name, "") for name in KEY)
    return next((terms for terms in RULE_BOOK.all() if _key(terms) == wanted), None)


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def edit(request: DeskRequest) -> HttpResponse:
    """Add a rule, or change the one whose key the address names."""
    if not may_write(request):
        return _table(request, _NOT_YOURS, 403)
    stored = _stored(request.GET.dict()) if "category" in request.GET else None
    if request.method != "POST":
        return _form(request, ruleforms.texts_of(stored) if stored else ruleforms.FRESH, {}, stored)
    typed = request.POST.dict()
    if stored is not None:
        # A rule keeps its key: another key is another rule.
        typed |= dict(zip(KEY, _key(stored), strict=True))
    terms, wrong = ruleforms.read(typed, ruleforms.names(house()), house().today())
    if terms is not None and stored is None and _stored(typed) is not None:
        terms, wrong = None, {"category": "there is a rule for these three already; change that one"}
    if terms is None:
        return _form(request, typed, wrong, stored)
    put_terms([terms])
    return redirect("rules")


def _form(
    request: DeskRequest, typed: Mapping[str, str], wrong: Mapping[str, str], stored: LoanTerms | None
) -> HttpResponse:
    known = ruleforms.names(house())
    context = {
        "wrong": wrong,
        "keys": ruleforms.key_fields(known, typed, wrong, any_too=True),
        "groups": ruleforms.groups(typed, wrong),
        "named": known.of(stored) if stored else None,
        "query": _query(dict(zip(KEY, _key(stored), strict=True))) if stored else "",
    }
    return render(request, "desk/rules_form.html", context, status=422 if wrong else 200)


@require_POST
@with_form
def remove(request: DeskRequest) -> HttpResponse:
    """Take a rule away: the next closest decides from then on."""
    if not may_write(request):
        return _table(request, _NOT_YOURS, 403)
    drop_terms(*(request.POST.get(name, "") for name in KEY))
    return redirect("rules")


# what would happen if

_ASKED: tuple[tuple[str, str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("when", "Lent on", "datetime-local", "Local time of the library.", ()),
    ("late", "Days late", "text", "Such as 1, 7, 30; empty for the usual ones.", ()),
    ("price", "Price of the item", "text", "Dollars; empty for what its type usually costs.", ()),
    (
        "block",
        "A block on the card",
        "choice",
        "",
        (("", "None"), *((kind.value, BLOCK_RULES[kind].words) for kind in SETTABLE)),
    ),
)


@require_safe
@with_form
def trial(request: DeskRequest) -> HttpResponse:
    """Play a loan through: which rule decides and why, when it is due, what late returns would cost."""
    known = ruleforms.names(house())
    asked = request.GET.dict()
    now = house().clock().astimezone(zone_of(house()))
    values = {
        "category": asked.get("category", next(iter(known.category), "")),
        "item_type": asked.get("item_type", next(iter(known.item_type), "")),
        "branch": asked.get("branch", request.member.branch),
        "when": asked.get("when", f"{now:%Y-%m-%dT%H:%M}"),
        "late": asked.get("late", ""),
        "price": asked.get("price", ""),
        "block": asked.get("block", ""),
    }
    wrong: dict[str, str] = {}
    result = _played(known, values, wrong) if "category" in asked else None
    context = {
        "wrong": wrong,
        "fields": [
            *ruleforms.key_fields(known, values, wrong, any_too=False),
            *(
                Field(name, label, kind, values[name], wrong.get(name, ""), why, choices)
                for name, label, kind, why, choices in _ASKED
            ),
        ],
        "result": result,
    }
    return render(request, "desk/rules_trial.html", context, status=422 if wrong else 200)


def _played(known: Names, values: Mapping[str, str], wrong: dict[str, str]) -> dict[str, Any] | None:
    zone = zone_of(house())
    for name in KEY:
        if values[name] not in getattr(known, name):
            wrong[name] = "choose one of the list"
    when = _read(lambda: dt.datetime.fromisoformat(values["when"]).replace(tzinfo=zone), "when", wrong)
    late = _read(lambda: _days_late(values["late"]), "late", wrong)
    price = _read(lambda: _price(values["price"], values["item_type"]), "price", wrong)
    blocks = _read(lambda: [BlockKind(values["block"])] if values["block"] else [], "block", wrong)
    if wrong or when is None:
        return None
    played = simulation.simulate(
        RULE_BOOK.all(),
        category=values["category"],
        item_type=values["item_type"],
        branch=values["branch"],
        when=int(when.timestamp()),
        calendar=RULE_BOOK.calendar(values["branch"], zone),
        blocks=blocks or [],
        limits=limits_of(house()),
        ladder=ladder_of(house()),
        price_cents=price or 0,
        days_late=late or simulation.DAYS_LATE,
    )
    return _in_words(known, played)


def _in_words(known: Names, played: simulation.Simulation) -> dict[str, Any]:
    terms = played.choice.terms
    return {
        "rule": " / ".join(known.of(terms)),
        "why": played.choice.why,
        "query": _query(dict(zip(KEY, _key(terms), strict=True))),
        "stored": _stored(dict(zip(KEY, _key(terms), strict=True))) is not None,
        "due": _moment(played.due_at),
        "rolled": played.rolled,
        "renewals": [_moment(each) for each in played.renewed_until],
        "late": [(each.days, dollars(each.cents)) for each in played.late],
        "fine": ruleforms.fine_in_words(terms),
        "long_overdue_on": shown.in_full(played.long_overdue_on),
        "lost_on": shown.in_full(played.lost_on),
        "bill": dollars(played.bill.replacement_cents + played.bill.processing_cents),
        "billed": played.bill,
        "replacement": dollars(played.bill.replacement_cents),
        "processing": dollars(played.bill.processing_cents),
        "hindrances": [each.words for each in played.hindrances],
        "others": [
            {
                "rule": " / ".join(known.of(each.terms)),
                "period": ruleforms.period_in_words(each.terms),
                "misses": ", ".join(each.misses),
            }
            for each in played.choice.considered
            if each.terms is not terms and (each.fits or len(each.misses) == 1)
        ][:12],
    }


def _read(read: Callable[[], Any], name: str, wrong: dict[str, str]) -> Any:
    try:
        return read()
    except (ValueError, OverflowError):
        wrong[name] = "this cannot be read; write it as the hint says"
    except AmountError as problem:
        wrong[name] = problem.reason
    return None


def _price(text: str, item_type: str) -> int:
    if text.strip():
        return cents_of(text)
    usual = ItemType.objects.filter(code=item_type).values_list("replacement_cents", flat=True).first()
    return usual or 0


def _days_late(text: str) -> list[int]:
    days = [int(each) for each in text.replace(",", " ").split()]
    if any(not 1 <= each <= 3650 for each in days) or len(days) > 12:
        raise ValueError
    return days


def _moment(seconds: int) -> str:
    moment = dt.datetime.fromtimestamp(seconds, zone_of(house()))
    day = f"{moment:%a} {shown.in_full(moment.date())}"
    return day if (moment.hour, moment.minute) == (23, 59) else f"{day}, {moment:%H:%M}"


# when a branch is open


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def hours(request: DeskRequest) -> HttpResponse:
    """A branch's week, and the days and hours it is closed by exception."""
    known = ruleforms.names(house()).branch
    chosen = request.GET.get("branch", request.member.branch)
    branch = chosen if chosen in known else next(iter(known), "")
    typed: Mapping[str, str] = {}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        if not may_write(request):
            return _table(request, _NOT_YOURS, 403)
        typed = request.POST.dict()
        wrong = hourforms.save(branch, typed)
        if not wrong:
            return redirect(f"{reverse('hours')}?{_query({'branch': branch})}")
    context = {
        "branch": branch,
        "branches": known,
        "week": hourforms.week(branch, typed, wrong),
        "closed": hourforms.closed(branch, house().today()),
        "wrong": wrong,
        "typed": typed if wrong else {},
        "may_write": may_write(request),
    }
    return render(request, "desk/rules_hours.html", context, status=422 if wrong else 200)
