"""Rules of holds: which copies serve them, how long they stand on the shelf, how many a patron may have.

Nothing of a patron is here. Everybody signed in may read them; a circulation lead writes them.

Source: DOMAIN practice of holds; clause MP-2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk import ruleforms
from circumspect.faces.desk.house import house
from circumspect.faces.desk.ruleforms import Field, Names
from circumspect.faces.desk.screens import DeskRequest, Said, Tone
from circumspect.faces.desk.views.acting import with_form
from circumspect.faces.desk.views.rules import may_write
from circumspect.records.holds import ruling
from circumspect.records.holds.placing import HoldFieldError, hold_terms
from circumspect.records.holds.queue import USUAL_TERMS, HoldTerms
from circumspect.records.holds.rules import USUAL_MOST

_NOT_YOURS = Said(Tone.STOP, "Hold rules are written by the circulation lead.", "You may read them.")
_ANY_TYPE, _ANY_BRANCH = "Any item", "Any branch"


@dataclass(frozen=True, slots=True)
class HoldRuleShown:
    """One row of the table.

    Attributes:
        query: The rule's key, for an address: it names no person.
    """

    terms: HoldTerms
    item_type: str
    branch: str
    query: str
    built_in: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def hold_rules(request: DeskRequest) -> HttpResponse:
    """The rules and limits, and for a lead the forms that write them."""
    known = ruleforms.names(house())
    if request.method != "POST":
        return _page(request, known, _chosen(request.GET.dict()), {})
    if not may_write(request):
        return _page(request, known, _texts(USUAL_TERMS), {}, _NOT_YOURS, 403)
    typed = request.POST.dict()
    try:
        if typed.get("act") == "limits":
            ruling.put_limits(_limits(known, typed))
        elif typed.get("act") == "remove":
            ruling.drop_rule(typed.get("item_type", ""), typed.get("branch", ""))
        else:
            ruling.put_rule(_terms(typed))
    except HoldFieldError as problem:
        return _page(request, known, typed, {problem.field: problem.reason}, status=422)
    return redirect("hold-rules")


def _page(
    request: DeskRequest,
    known: Names,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    said: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    rules = sorted(hold_terms(), key=lambda each: (each.item_type, each.branch))
    rows = [_row(known, terms) for terms in rules]
    if not any((terms.item_type, terms.branch) == ("", "") for terms in rules):
        rows.insert(0, _row(known, USUAL_TERMS, built_in=True))
    context = {
        "rows": rows,
        "said": said,
        "may_write": may_write(request),
        "wrong": wrong,
        "key": _keys(known, typed, wrong),
        "fields": _fields(typed, wrong),
        "limits": _limit_fields(known, typed, wrong),
    }
    return render(request, "desk/rules_holds.html", context, status=status)


def _row(known: Names, terms: HoldTerms, *, built_in: bool = False) -> HoldRuleShown:
    query = QueryDict(mutable=True)
    query.update({"item_type": terms.item_type, "branch": terms.branch})
    return HoldRuleShown(
        terms,
        known.item_type.get(terms.item_type, terms.item_type) or _ANY_TYPE,
        known.branch.get(terms.branch, terms.branch) or _ANY_BRANCH,
        str(query.urlencode()),
        built_in,
    )


# the form of a rule


def _chosen(asked: Mapping[str, str]) -> dict[str, str]:
    """The texts of the rule that the address names; of a fresh one where it names none."""
    wanted = (asked.get("item_type", ""), asked.get("branch", ""))
    stored = (each for each in hold_terms() if (each.item_type, each.branch) == wanted)
    return _texts(next(stored, USUAL_TERMS))


def _texts(terms: HoldTerms) -> dict[str, str]:
    return {
        "item_type": terms.item_type,
        "branch": terms.branch,
        "holdable": "yes" if terms.holdable else "",
        "home_only": "yes" if terms.home_only else "",
        "shelf_days": str(terms.shelf_days),
    }


def _terms(typed: Mapping[str, str]) -> HoldTerms:
    return HoldTerms(
        typed.get("item_type", ""),
        typed.get("branch", ""),
        typed.get("holdable") == "yes",
        typed.get("home_only") == "yes",
        _number("shelf_days", typed.get("shelf_days", "")),
    )


def _keys(known: Names, typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[Field]:
    return [
        Field(name, label, "choice", typed.get(name, ""), wrong.get(name, ""), "", (("", anything), *choices))
        for name, label, anything, choices in (
            ("item_type", "Item type", _ANY_TYPE, known.item_type.items()),
            ("branch", "Branch of the copy", _ANY_BRANCH, known.branch.items()),
        )
    ]


def _fields(typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[Field]:
    return [
        Field("holdable", "These copies serve holds", "tick", typed.get("holdable", "")),
        Field("home_only", "Picked up only at the copy's own branch", "tick", typed.get("home_only", "")),
        Field(
            "shelf_days",
            "Days on the hold shelf",
            "number",
            typed.get("shelf_days", ""),
            wrong.get("shelf_days", ""),
            f"1 to {ruling.MOST_SHELF_DAYS}. What stands there already keeps its day.",
        ),
    ]


# limits by category


def _limit_fields(known: Names, typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[Field]:
    stored = ruling.limits()
    usual = stored.get("", USUAL_MOST)
    return [
        Field(
            name := f"limit-{code}",
            label,
            "number",
            typed.get(name, str(stored[code]) if code in stored else ""),
            wrong.get(name, ""),
            f"Empty for {usual}."
            if code
            else f"For every category with no number of its own; empty for {USUAL_MOST}.",
        )
        for code, label in {"": "Any category", **known.category}.items()
    ]


def _limits(known: Names, typed: Mapping[str, str]) -> dict[str, int | None]:
    texts = {code: typed.get(f"limit-{code}", "").strip() for code in ("", *known.category)}
    return {code: _number(f"limit-{code}", text) if text else None for code, text in texts.items()}


def _number(name: str, text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise HoldFieldError(name, "give a whole number")
    return int(text)
