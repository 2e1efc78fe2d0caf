"""The forms that staff make for the public, and the newsletter, at the desk.

Source: issue "The public side", section 3; clauses TH-4.2, TH-4.3, TH-1.12.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.acting import with_form
from circumspect.records.communications import issues, newsletter
from circumspect.records.communications.issues import IssueError
from circumspect.records.communications.newsletter import Topic
from circumspect.records.inquiries import formmaking
from circumspect.records.inquiries.fieldkinds import LANGUAGES, FieldKind, FormField, FormWords
from circumspect.records.inquiries.formmaking import Form
from circumspect.records.inquiries.rules import LetterClass, NoSuchFormError, UnfitError
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Role

FIELD_KINDS = {
    FieldKind.LINE: "A line of text",
    FieldKind.TEXT: "A longer text",
    FieldKind.CHOICE: "One of a list",
    FieldKind.CHECK: "A box to tick",
    FieldKind.DAY: "A day",
    FieldKind.NUMBER: "A number",
}
_ROWS = 4
_TOPICS = {Topic.NEWS: "News of the library", Topic.POLICY: "Changes to the privacy policy"}
_STATES = {"draft": "Draft", "queued": "On its way", "sent": "Sent"}
_OWNERS = frozenset({Role.EXECUTIVE_DIRECTOR, Role.DEPUTY_DIRECTOR})


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def forms(request: DeskRequest) -> HttpResponse:
    """Every form that staff have made. POST: open or close one, or decide its class."""
    said, status = None, 200
    if request.method == "POST":
        slug, do = request.POST.get("slug", ""), request.POST.get("do", "")
        try:
            if do in ("open", "close"):
                formmaking.set_open(house(), request.actor, slug, is_open=do == "open")
                said = Said(Tone.DONE, "The public can fill it in." if do == "open" else "It is closed.")
            elif do in ("borrower", "public"):
                wanted = LetterClass.PUBLIC if do == "public" else LetterClass.BORROWER
                formmaking.reclassify_form(house(), request.actor, slug, wanted)
                said = Said(Tone.DONE, "Decided.", "What has come in before stays what it is.")
            else:
                said, status = Said(Tone.STOP, "Nothing was changed.", "Choose what to do."), 422
        except UnfitError as problem:
            said, status = Said(Tone.STOP, "It stays a draft.", f"{problem.rule.capitalize()}."), 422
        except NoSuchFormError:
            said, status = Said(Tone.NOTE, "There is no such form."), 404
        except DoorError as problem:
            said, status = refused(problem), status_of(problem)
    context = {
        "said": said,
        "forms": [
            {
                "form": each,
                "title": each.words.titles.get("en", ""),
                "is_public": each.letter_class is LetterClass.PUBLIC,
                "until": shown.in_full(each.until),
                "lacks": ", ".join(shown.LANGUAGES[code] for code in each.words.lacks()),
                "address": f"/{settings.PUBLIC_SITE}ask/form/{each.slug}/",
            }
            for each in formmaking.forms()
        ],
        "may_decide": bool(_OWNERS & request.actor.roles),
    }
    return render(request, "desk/letters_forms.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def edit_form(request: DeskRequest) -> HttpResponse:
    """Write a form: its words in each language, its fields."""
    if request.method != "POST":
        slug = request.GET.get("slug", "")
        try:
            form: Form | None = formmaking.form_of(slug) if slug else None
        except NoSuchFormError:
            form = None
        return _edit(request, _typed_of(form))
    typed = request.POST.dict()
    try:
        formmaking.put_form(
            house(),
            request.actor,
            typed.get("slug", ""),
            _words_of(typed),
            until=_day_of(typed.get("until", "")),
            places=_places_of(typed.get("places", "")),
            is_new=typed.get("slug", "") != typed.get("was", ""),
        )
    except UnfitError as problem:
        said = Said(Tone.STOP, "Nothing was kept.", f"{problem.field.capitalize()}: {problem.rule}.")
        return _edit(request, typed, said, 422, problem.field)
    except DoorError as problem:
        return _edit(request, typed, refused(problem), status_of(problem))
    typed["was"] = typed.get("slug", "")
    return _edit(request, typed, Said(Tone.DONE, "Kept.", "Open it on the list of forms when it is ready."))


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def news(request: DeskRequest) -> HttpResponse:
    """The newsletter: counts, issues, and a draft. POST: write, send or throw away."""
    said, status, wrong = None, 200, ""
    if request.method == "POST":
        try:
            said = _news_act(request)
        except IssueError as problem:
            wrong, status = problem.field, 422
            said = Said(Tone.STOP, "Nothing was changed.", f"{str(problem).replace('_', ' ').capitalize()}.")
        except DoorError as problem:
            said, status = refused(problem), status_of(problem)
    kept = {} if status == 200 else request.POST.dict()
    counts = newsletter.counts()
    context = {
        "said": said,
        "counts": [(name, counts[topic.value]) for topic, name in _TOPICS.items()],
        "waiting": counts["waiting"],
        "issues": [
            {
                "issue": each,
                "topic": _TOPICS[each.topic],
                "state": _STATES[each.state],
                "day": shown.in_full(each.sent_on or each.written_on),
            }
            for each in issues.told()
        ],
        "topics": [(topic.value, name, kept.get("topic") == topic.value) for topic, name in _TOPICS.items()],
        "languages": [
            (
                code,
                shown.LANGUAGES[code],
                kept.get(f"subject_{code}", ""),
                kept.get(f"text_{code}", ""),
                wrong in (f"subject_{code}", f"text_{code}"),
            )
            for code in LANGUAGES
        ],
    }
    return render(request, "desk/letters_news.html", context, status=status)


@require_http_methods(["POST"])
@with_form
def readers(request: DeskRequest) -> HttpResponse:
    """A page of the newsletter's list."""
    after = request.POST.get("after", "0")
    try:
        found = newsletter.subscribers(
            house(), request.actor, after=int(after) if after.isdecimal() and len(after) < 20 else 0
        )
    except DoorError as problem:
        context: dict[str, Any] = {"said": refused(problem)}
        return render(request, "desk/letters_readers.html", context, status=status_of(problem))
    context = {
        "readers": [
            {
                "address": each.address,
                "language": shown.LANGUAGES.get(each.language, each.language),
                "topics": ", ".join(_TOPICS[topic] for topic in each.topics),
                "since": shown.in_full(each.since),
            }
            for each in found
        ],
        "more": found[-1].id if len(found) == newsletter.PAGE else 0,
    }
    return render(request, "desk/letters_readers.html", context)


def _news_act(request: DeskRequest) -> Said:
    do, number = request.POST.get("do", ""), request.POST.get("issue", "")
    issue = int(number) if number.isdecimal() and len(number) < 20 else -1
    if do == "write":
        topic = request.POST.get("topic", "")
        if topic not in [each.value for each in Topic]:
            raise IssueError("topic", "choose what it is about")
        words = {
            code: (
                request.POST.get(f"subject_{code}", ""),
                request.POST.get(f"text_{code}", "").replace("\r\n", "\n"),
            )
            for code in LANGUAGES
        }
        issues.write(house(), request.actor, topic=Topic(topic), words=words)
        return Said(Tone.DONE, "It is a draft.", "Nothing has been sent.")
    if do == "send":
        count = issues.queue(house(), request.actor, issue)
        return Said(Tone.DONE, "It goes out with the next round.", f"It will reach {count}, one mail each.")
    if do == "discard":
        issues.discard(house(), request.actor, issue)
        return Said(Tone.DONE, "The draft is gone.")
    raise IssueError("", "choose what to do")


def _edit(
    request: DeskRequest, typed: dict[str, str], said: Said | None = None, status: int = 200, wrong: str = ""
) -> HttpResponse:
    rows = [
        {
            "number": number,
            "kind": typed.get(f"kind{number}", ""),
            "needed": typed.get(f"needed{number}") == "yes",
            "labels": [
                (code, shown.LANGUAGES[code], typed.get(f"label{number}_{code}", "")) for code in LANGUAGES
            ],
            "choices": [
                (code, shown.LANGUAGES[code], typed.get(f"choices{number}_{code}", "")) for code in LANGUAGES
            ],
            "is_wrong": wrong == f"field {number}",
        }
        for number in range(1, max(_ROWS, _used(typed) + 2) + 1)
    ]
    context = {
        "said": said,
        "typed": typed,
        "wrong": wrong,
        "titles": [(code, shown.LANGUAGES[code], typed.get(f"title_{code}", "")) for code in LANGUAGES],
        "intros": [(code, shown.LANGUAGES[code], typed.get(f"intro_{code}", "")) for code in LANGUAGES],
        "rows": rows,
        "kinds": [(kind.value, name) for kind, name in FIELD_KINDS.items()],
    }
    return render(request, "desk/letters_form.html", context, status=status)


def _used(typed: dict[str, str]) -> int:
    return max((number for number in range(1, 21) if typed.get(f"kind{number}")), default=0)


def _typed_of(form: Form | None) -> dict[str, str]:
    """A form as its page's inputs."""
    if form is None:
        return {}
    typed = {
        "slug": form.slug,
        "was": form.slug,
        "until": form.until.isoformat() if form.until else "",
        "places": str(form.places or ""),
    }
    for code in LANGUAGES:
        typed[f"title_{code}"] = form.words.titles.get(code, "")
        typed[f"intro_{code}"] = form.words.intros.get(code, "")
    for number, field in enumerate(form.words.fields, start=1):
        typed[f"kind{number}"] = field.kind.value
        typed[f"needed{number}"] = "yes" if field.needed else ""
        for code in LANGUAGES:
            typed[f"label{number}_{code}"] = field.labels.get(code, "")
            typed[f"choices{number}_{code}"] = "\n".join(choice.get(code, "") for choice in field.choices)
    return typed


def _words_of(typed: dict[str, str]) -> FormWords:
    """A form's words, as they were typed; a row without a kind is left out.

    Raises:
        UnfitError: The lists of a choice are of different lengths.
    """

    def said(name: str) -> dict[str, str]:
        return {
            code: text.replace("\r\n", "\n").strip()
            for code in LANGUAGES
            if (text := typed.get(f"{name}_{code}", "")).strip()
        }

    fields = []
    for number in range(1, 21):
        kind = typed.get(f"kind{number}", "")
        if kind not in [each.value for each in FieldKind]:
            continue
        lists = {code: text.split("\n") for code, text in said(f"choices{number}").items()}
        if len({len(each) for each in lists.values()}) > 1:
            raise UnfitError(f"field {number}", "has a list of another length in one of the languages")
        choices = tuple(
            {code: each[at].strip() for code, each in lists.items()}
            for at in range(len(next(iter(lists.values()), [])))
        )
        fields.append(
            FormField(FieldKind(kind), typed.get(f"needed{number}") == "yes", said(f"label{number}"), choices)
        )
    return FormWords(said("title"), said("intro"), tuple(fields))


def _day_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UnfitError("until", "a day is year-month-day, such as 2026-12-01") from None


def _places_of(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise UnfitError("places", "a whole number, or nothing")
    return int(text)
