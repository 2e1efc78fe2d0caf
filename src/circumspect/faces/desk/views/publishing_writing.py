"""Write what the library says in public: look at it first, choose when it shows, post it elsewhere.

Nothing of a patron is here. Communications staff and directors write; nobody else sees these pages.

Source: issue "The public side", section 2; clauses TH-2.1, TH-2.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.acting import with_form
from circumspect.faces.public import languages
from circumspect.faces.public.markdown import html
from circumspect.home import HomeError
from circumspect.offices.publishing import policies, reading, social, writing
from circumspect.offices.publishing.models import Entry, EntryVersion, SocialPost
from circumspect.offices.publishing.rules import NOTE_PARTS, Kind, PublishingError
from circumspect.offices.publishing.writing import Draft
from circumspect.records.catalog.models import Title
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.communications import issues, newsletter

KIND_WORDS = {
    Kind.NEWS: ("News", "news"),
    Kind.EVENT: ("Events", "event"),
    Kind.SERVICE: ("Services", "service"),
    Kind.LIST: ("Reading lists", "list"),
}
_PLACES = {Kind.NEWS: "news", Kind.EVENT: "events", Kind.SERVICE: "services", Kind.LIST: "lists"}
_MOST_ID = 2**62


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in the list."""

    id: int
    version: int
    title: str
    state: str
    tag: str
    href: str
    posted: tuple[str, ...]
    can_post: bool
    withdrawn: bool


def writer(request: DeskRequest) -> None:
    """Turn away whoever does not write here."""
    if not writing.may_write(request.actor):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def overview(request: DeskRequest) -> HttpResponse:
    """Everything that was written, and what can be done with it."""
    writer(request)
    problem: PublishingError | None = None
    if request.method == "POST":
        try:
            _do(request)
        except PublishingError as found:
            problem = found
        else:
            return redirect("publishing")
    context = {
        "kinds": [(str(kind), *words, _rows(kind)) for kind, words in KIND_WORDS.items()],
        "accounts": _accounts(),
        "to_mail": [(row.pk, row.texts["en"]["title"], row.version) for row in policies.to_be_mailed()],
        "problem": problem,
    }
    return render(request, "desk/publishing_overview.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def entry(request: DeskRequest) -> HttpResponse:
    """Write an entry: keep a draft, look at it, let it be shown."""
    writer(request)
    if request.method != "POST":
        return _form(request, *_asked(request))
    typed = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    kind, number = _kind(typed.get("kind", "")), _number(typed.get("entry", ""))
    act = typed.get("act", "draft")
    try:
        if act == "preview":
            return _form(request, kind, number, typed, preview=_preview(typed))
        # Both or neither: what comes back as not saved would else be there as a draft, and the next try be a second entry.
        with transaction.atomic():
            version = writing.save_draft(
                _draft(kind, typed), request.actor, now=house().clock(), entry_id=number
            )
            if act == "publish":
                writing.publish(
                    version,
                    now=house().clock(),
                    shows_from=moment(typed.get("shows_from", ""), "shows_from"),
                    shows_until=moment(typed.get("shows_until", ""), "shows_until"),
                )
    except PublishingError as problem:
        return _form(request, kind, number, typed, wrong={problem.field: problem.reason})
    except Entry.DoesNotExist:
        raise Http404 from None
    return redirect("publishing")


def _do(request: DeskRequest) -> None:
    number = _number(request.POST.get("entry", "")) or 0
    act = request.POST.get("act", "")
    if act in ("withdraw", "show"):
        writing.withdraw(number, withdrawn=act == "withdraw")
    elif act == "mail":
        _mail(request, number)
    elif act == "post":
        version = EntryVersion.objects.select_related("entry").filter(pk=number).first()
        if version is None:
            raise PublishingError("account", "takes only what is there")
        address = f"{public_address()}/library/{_PLACES[Kind(version.entry.kind)]}/{version.entry.slug}/"
        text = social.text_for(version.texts, address)
        social.post(house().home, version, request.POST.get("account", ""), text, today=house().today())


def _mail(request: DeskRequest, number: int) -> None:
    """Hand a change of policy to those who asked to be told of such, once, as plain text with nothing that tells tales."""
    row = next((each for each in policies.to_be_mailed() if each.pk == number), None)
    if row is None:
        raise PublishingError("policy", "waits for no mail")
    letters = {}
    for code in policies.languages_of(row):
        with override(code):
            note = row.note.get(code) or row.note.get(languages.SOURCE) or dict.fromkeys(NOTE_PARTS, "")
            parts = zip(
                (_("What is collected"), _("How it is used"), _("When it may be disclosed")),
                NOTE_PARTS,
                strict=True,
            )
            said = "\n\n".join(f"{words}\n{note[part]}" for words, part in parts)
            address = public_address() + languages.in_language(
                f"/library/policies/{row.policy}/versions/", code
            )
            subject = _("Changed: %(title)s. In force from %(since)s.") % {
                "title": row.texts[code]["title"],
                "since": languages.day(row.in_force_from.astimezone(zone_of(house())), "long"),
            }
            letters[code] = (subject, f"{said}\n\n{address}")

    def hand_over(written: Mapping[str, tuple[str, str]]) -> int:
        issue = issues.write(house(), request.actor, topic=newsletter.Topic.POLICY, words=written)
        return issues.queue(house(), request.actor, issue)

    policies.tell_by_mail(row, hand_over, letters, now=house().clock())


def public_address() -> str:
    """Where the public's pages are, by ``[publishing] address``.

    Raises:
        PublishingError: It is not set: a post would lead nowhere.
    """
    address = str(house().home.setting("publishing", "address", "")).rstrip("/")
    if not address:
        raise PublishingError(
            "account", "needs [publishing] address in config.toml: a post has to lead somewhere"
        )
    return address


def _accounts() -> list[social.Account]:
    try:
        return social.accounts(house().home)
    except HomeError:
        return []


def _rows(kind: Kind) -> list[Row]:
    now = house().clock()
    posts: dict[int, list[str]] = {}
    for version_id, account in SocialPost.objects.exclude(posted_on=None).values_list(
        "version_id", "account"
    ):
        posts.setdefault(version_id, []).append(account)
    out = []
    for newest, published, withdrawn in reading.drafts_and_entries(kind):
        state, tag = _state(newest, published, withdrawn, now)
        out.append(
            Row(
                id=newest.entry_id,
                version=published.pk if published else 0,
                title=newest.texts["en"]["title"],
                state=state,
                tag=tag,
                href=f"{reverse('publishing-entry')}?entry={newest.entry_id}",
                posted=tuple(posts.get(published.pk, ())) if published else (),
                can_post=published is not None and not withdrawn and (published.shows_from or now) <= now,
                withdrawn=withdrawn,
            )
        )
    return out


def _state(
    newest: EntryVersion, published: EntryVersion | None, withdrawn: bool, now: dt.datetime
) -> tuple[str, str]:
    if withdrawn:
        return "withdrawn", "tag-stop"
    if published is None or published.shows_from is None:
        return "draft", "tag-warn"
    draft = " · a newer draft waits" if newest.shows_from is None else ""
    if published.shows_until is not None and published.shows_until <= now:
        return f"over since {_short(published.shows_until)}{draft}", ""
    if published.shows_from > now:
        return f"from {_short(published.shows_from)} on{draft}", "tag-warn"
    until = f" until {_short(published.shows_until)}" if published.shows_until else ""
    return f"shown{until}{draft}", ""


def _short(value: dt.datetime) -> str:
    local = value.astimezone(zone_of(house()))
    return f"{languages.day(local)}, {local:%H:%M}"


# the form


def _asked(request: DeskRequest) -> tuple[Kind, int | None, dict[str, str]]:
    number = _number(request.GET.get("entry", ""))
    if number is None:
        return _kind(request.GET.get("kind", "")), None, {}
    version = EntryVersion.objects.filter(entry_id=number).select_related("entry").order_by("-number").first()
    if version is None:
        raise Http404
    return Kind(version.entry.kind), number, _typed_of(version)


def _typed_of(version: EntryVersion) -> dict[str, str]:
    typed = {f"{name}-{code}": text for code, told in version.texts.items() for name, text in told.items()}
    for name in ("starts_at", "ends_at", "shows_from", "shows_until"):
        value = getattr(version, name)
        if value is not None and (name[:5] != "shows" or value > house().clock()):
            typed[name] = value.astimezone(zone_of(house())).strftime("%Y-%m-%dT%H:%M")
    isbns = {
        key: (isbns.split() or [title])[0]
        for key, title, isbns in Title.objects.filter(pk__in=[key for key, _ in version.titles]).values_list(
            "pk", "title", "isbns"
        )
    }
    lines = [f"{isbns[key]} | {remark}".rstrip(" |") for key, remark in version.titles if key in isbns]
    return {**typed, "branch": version.branch, "place": version.place, "titles": "\n".join(lines)}


def _form(
    request: DeskRequest,
    kind: Kind,
    number: int | None,
    typed: Mapping[str, str],
    wrong: Mapping[str, str] | None = None,
    preview: list[tuple[str, str, SafeString]] | None = None,
) -> HttpResponse:
    wrong = wrong or {}
    context: dict[str, Any] = {
        "kind": str(kind),
        "kind_word": KIND_WORDS[kind][1],
        "number": number or "",
        "tongues": [
            {
                "code": code,
                "name": name,
                "fields": [
                    field(f"title-{code}", "Title", typed, wrong),
                    field(f"summary-{code}", "In a sentence or two", typed, wrong),
                    field(f"body-{code}", "Text, in Markdown", typed, wrong, kind="area"),
                ],
                "is_open": any(
                    typed.get(f"{part}-{code}") or f"{part}-{code}" in wrong
                    for part in ("title", "summary", "body")
                ),
            }
            for code, name in languages.NAMES.items()
        ],
        "when": [
            field("starts_at", "Begins", typed, wrong, kind="datetime-local"),
            field("ends_at", "Ends", typed, wrong, kind="datetime-local"),
            field("place", "Room or place", typed, wrong),
        ]
        if kind is Kind.EVENT
        else [],
        "branches": branch_names().items() if kind is Kind.EVENT else (),
        "branch": typed.get("branch", ""),
        "titles": field("titles", "Titles, one a line: ISBN | what to say of it", typed, wrong, kind="area")
        if kind is Kind.LIST
        else None,
        "schedule": [
            field("shows_from", "Show from", typed, wrong, kind="datetime-local"),
            field("shows_until", "Show until", typed, wrong, kind="datetime-local"),
        ],
        "wrong": wrong,
        "preview": preview,
    }
    return render(request, "desk/publishing_entry.html", context, status=422 if wrong else 200)


def field(
    name: str, label: str, typed: Mapping[str, str], wrong: Mapping[str, str], kind: str = "text"
) -> dict[str, str]:
    """One field of a form as the template draws it."""
    return {
        "name": name,
        "label": label,
        "kind": kind,
        "value": typed.get(name, ""),
        "error": wrong.get(name, ""),
    }


def _preview(typed: Mapping[str, str]) -> list[tuple[str, str, SafeString]]:
    return [
        (code, typed.get(f"title-{code}", ""), html(typed[f"body-{code}"]))
        for code in languages.LANGUAGES
        if typed.get(f"body-{code}", "").strip()
    ]


def _draft(kind: Kind, typed: Mapping[str, str]) -> Draft:
    lines = [line.partition("|") for line in typed.get("titles", "").splitlines() if line.strip()]
    return Draft(
        kind=kind,
        texts=texts_of(typed),
        starts_at=moment(typed.get("starts_at", ""), "starts_at") if kind is Kind.EVENT else None,
        ends_at=moment(typed.get("ends_at", ""), "ends_at") if kind is Kind.EVENT else None,
        branch=typed.get("branch", "") if kind is Kind.EVENT else "",
        place=typed.get("place", "") if kind is Kind.EVENT else "",
        titles=[(words.strip(), remark.strip()) for words, _, remark in lines] if kind is Kind.LIST else (),
    )


def texts_of(typed: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Title, summary and body by language, as a form has them."""
    return {
        code: {part: typed.get(f"{part}-{code}", "") for part in ("title", "summary", "body")}
        for code in languages.LANGUAGES
    }


def moment(text: str, name: str) -> dt.datetime | None:
    """A moment as a form has it, in the library's time; None for an empty field.

    Raises:
        PublishingError: It is no moment.
    """
    if not text.strip():
        return None
    try:
        found = dt.datetime.fromisoformat(text.strip()).replace(tzinfo=zone_of(house()))
    except ValueError:
        raise PublishingError(name, "is a day and a time, such as 2026-11-30T18:30") from None
    if not dt.MINYEAR < found.year < dt.MAXYEAR:
        # In another zone, or an hour on, it would lie outside the calendar.
        raise PublishingError(name, "is in no year that a calendar has room for")
    return found


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        return Kind.NEWS


def _number(text: str) -> int | None:
    return (
        int(text) if text.isascii() and text.isdecimal() and len(text) < 19 and int(text) < _MOST_ID else None
    )
