"""The published policies: the one in force at an address that never changes, every version there was, and what changed.

Source: clauses TH-6.2, TH-6.3, TH-7.2 to TH-7.4, TH-8.1; issue "The public side", section 2.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show
from circumspect.faces.site import keeping, policytext
from circumspect.faces.site.leading import absolute
from circumspect.offices.publishing import policies, posters
from circumspect.offices.publishing.models import PolicyText
from circumspect.offices.publishing.rules import Change, differences
from circumspect.records.circulation.rulebook import zone_of

# The calendar's own last day has no end in a zone west of Greenwich: in universal time it lies beyond the calendar.
_LAST_DAY = dt.date(9999, 12, 30)


@require_safe
def every_policy(request: HttpRequest) -> HttpResponse:
    """Each policy in force."""
    rows = [_told(row) for row in policies.all_in_force(house().clock())]
    return show(request, "site/policies.html", {"policies": rows})


@require_safe
def policy(request: HttpRequest, policy: str = policies.PRIVACY) -> HttpResponse:
    """A policy as it is in force now. The privacy policy has an address of its own, which stands on every page."""
    row = policies.in_force(policy, house().clock())
    if row is None:
        if policy == policies.PRIVACY:
            return show(request, "site/policy_none.html", {"here": "site-policy"})
        raise Http404
    return _page(request, row, is_in_force=True)


@require_safe
def version(request: HttpRequest, policy: str, version: str) -> HttpResponse:
    """One version, in force or not."""
    row = policies.version(policy, version)
    if row is None:
        raise Http404
    now = policies.in_force(policy, house().clock())
    return _page(request, row, is_in_force=now is not None and now.pk == row.pk)


@require_safe
def archive(request: HttpRequest, policy: str) -> HttpResponse:
    """Every version, its change note, and which one was in force on a day."""
    rows = policies.versions(policy)
    if not rows:
        raise Http404
    asked = _day(request.GET.get("on", ""))
    then = None
    if asked is not None:
        end_of_day = dt.datetime.combine(min(asked, _LAST_DAY), dt.time.max, zone_of(house()))
        then = policies.in_force(policy, end_of_day)
    context = {
        "here": "site-policies",
        "policy": policy,
        "title": _told(rows[0])["title"],
        "versions": [
            {**_told(row), "before": older.version if older else ""}
            for row, older in zip(rows, [*rows[1:], None], strict=True)
        ],
        "asked": asked,
        "then": _told(then) if then else None,
    }
    return show(request, "site/policy_archive.html", context)


@require_safe
def compare(request: HttpRequest, policy: str) -> HttpResponse:
    """What changed between any two versions."""
    rows = policies.versions(policy)
    if not rows:
        raise Http404
    by_number = {row.version: row for row in rows}
    after = by_number.get(request.GET.get("to", ""), rows[0])
    older = [row for row in rows if row.in_force_from < after.in_force_from]
    before = by_number.get(request.GET.get("from", ""), older[0] if older else after)
    both = set(policies.languages_of(before)) & set(policies.languages_of(after))
    language = languages.current() if languages.current() in both else languages.SOURCE
    found = differences(
        policies.text_in(before, language)[0]["body"], policies.text_in(after, language)[0]["body"]
    )
    context = {
        "here": "site-policies",
        "policy": policy,
        "title": _told(after)["title"],
        "versions": [_told(row) for row in rows],
        "before": _told(before),
        "after": _told(after),
        "said_in": language if language != languages.current() else "",
        "found": found,
        "changed": sum(each.change is not Change.SAME for each in found),
    }
    return show(request, "site/policy_differences.html", context)


@require_safe
def poster(request: HttpRequest, policy: str) -> HttpResponse:
    """The last change, to be hung on a wall."""
    row = policies.in_force(policy, house().clock())
    if row is None or not row.note:
        raise Http404
    told = _told(row)
    words = posters.Words(
        library=str(house().home.setting("library", "name", "Library")),
        head=_("Our privacy policy has changed")
        if policy == policies.PRIVACY
        else _("One of our policies has changed"),
        title=f"{told['title']}, {row.version}",
        since=_("In force from %(day)s. Adopted by %(who)s on %(on)s.")
        % {
            "day": languages.day(told["in_force"], "long"),
            "who": row.adopted_by,
            "on": languages.day(row.adopted_on, "long"),
        },
        parts=tuple(
            zip(
                (_("What is collected"), _("How it is used"), _("When it may be disclosed")),
                told["note"],
                strict=True,
            )
        ),
        foot=_("The whole text, and every version before it: %(address)s")
        % {"address": absolute(request, languages.address("site-policy-named", policy))},
        language=languages.current(),
    )
    return HttpResponse(posters.pdf(words), content_type="application/pdf")


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """How many promises are kept by what, which are not kept yet, and where the policies and the law pull apart."""
    return show(
        request, "site/promises.html", {"here": "site-promises", "state": keeping.state_of_promises()}
    )


def _page(request: HttpRequest, row: PolicyText, *, is_in_force: bool) -> HttpResponse:
    told = _told(row)
    context = {
        "here": "site-policy" if row.policy == policies.PRIVACY else "site-policies",
        "told": told,
        "is_in_force": is_in_force,
        "blocks": policytext.blocks(told["body"]),
        "has_poster": bool(row.note) and is_in_force,
    }
    return show(request, "site/policy.html", context)


def _told(row: PolicyText) -> dict[str, Any]:
    text, said_in = policies.text_in(row, languages.current())
    note = row.note.get(languages.current()) or row.note.get(languages.SOURCE) or {}
    return {
        "policy": row.policy,
        "version": row.version,
        "title": text["title"],
        "summary": text["summary"],
        "body": text["body"],
        "said_in": said_in if said_in != languages.current() else "",
        "adopted_on": row.adopted_on,
        "adopted_by": row.adopted_by,
        "in_force": row.in_force_from.astimezone(zone_of(house())).date(),
        "note": [note[part] for part in ("collected", "used", "disclosed")] if note else [],
        "material": row.material,
    }


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
