"""Letters at the desk: the list of those that wait, one letter with all it says, and what is done with it.

The list shows what each is about and not who sent it. A letter opens by a post, so that its number stands in no
address. A file that came along is given back as a download and is never drawn.

Source: issue "The public side", section 3; clauses TH-4.1 to TH-4.4, MP-4.8, MP-4.13.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.acting import with_form
from circumspect.offices.notices.kinds import NoticeSettings
from circumspect.offices.staff import accounts
from circumspect.records.inquiries import answering, publicrecords, rules
from circumspect.records.inquiries.rules import (
    FITS,
    Kind,
    LetterClass,
    NoSuchLetterError,
    NoteKind,
    State,
    UnfitError,
    Way,
    WrongStepError,
)
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Role

KINDS = {
    Kind.QUESTION: "Question",
    Kind.PURCHASE: "Wish for a purchase",
    Kind.SUGGESTION: "Suggestion",
    Kind.CONTACT: "Message",
    Kind.FORM: "Form",
    Kind.MAIL: "E-mail",
}
CLASSES = {LetterClass.BORROWER: "Borrower's record", LetterClass.PUBLIC: "Public record"}
STATES = {State.OPEN: "Waiting", State.ANSWERED: "Answered", State.CLOSED: "Closed"}
AUTHORS = {"sender": "They wrote", "library": "We answered", "note": "Note"}
OUTGOING = {
    "queued": "waits to leave by mail",
    "sent": "left by mail",
    "failed": "could not be mailed",
    "unsure": "perhaps left by mail: it is not sent again",
    "back": "came back: the address takes no mail",
}
FILE_KINDS = {
    "pdf": "PDF",
    "jpg": "picture",
    "png": "picture",
    "gif": "picture",
    "webp": "picture",
    "txt": "text",
}
WORKERS = frozenset({Role.REFERENCE, Role.COMMUNICATIONS})
_MOST_ID = 2**62 + 1


@require_safe
@with_form
def inbox(request: DeskRequest) -> HttpResponse:
    """Letters of one class in one state."""
    return _inbox(request)


@require_POST
@with_form
def open_one(request: DeskRequest) -> HttpResponse:
    """One letter."""
    return _letter(request)


@require_POST
@with_form
def act(request: DeskRequest) -> HttpResponse:
    """One act on a letter; then the letter again."""
    do = request.POST.get("do", "")
    wrong: dict[str, str] = {}
    try:
        said = _ACTS.get(do, _nothing)(request, _number(request.POST.get("letter", "")))
        status = 200
    except UnfitError as problem:
        wrong = {problem.field: problem.rule}
        said, status = (
            Said(Tone.STOP, "Nothing was changed.", _WRONG.get(problem.field, f"{problem.rule}.")),
            422,
        )
    except WrongStepError as problem:
        said, status = Said(Tone.STOP, "Nothing was changed.", f"{str(problem).capitalize()}."), 409
    except NoSuchLetterError:
        return _inbox(request, Said(Tone.NOTE, "There is no such letter any more."), 404)
    except DoorError as problem:
        said, status = refused(problem), status_of(problem)
    return _letter(request, said, status, wrong, do)


@require_POST
@with_form
def file(request: DeskRequest) -> HttpResponse:
    """A file that came with a letter, as a download."""
    try:
        found, kind = answering.attachment(
            house(),
            request.actor,
            _number(request.POST.get("letter", "")),
            _number(request.POST.get("file", "")),
        )
    except NoSuchLetterError:
        return _inbox(request, Said(Tone.NOTE, "There is no such file any more."), 404)
    except DoorError as problem:
        return _inbox(request, refused(problem), status_of(problem))
    return download(found.content, kind)


def download(content: bytes, kind: str) -> HttpResponse:
    """A file to be kept by whoever asked, under a name that says nothing; no browser shows it."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="letter.{kind}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def public(request: DeskRequest) -> HttpResponse:
    """Search the public records among the letters, for the FOIA officer."""
    terms = request.POST.get("terms", "")[:300]
    context: dict[str, Any] = {"terms": terms, "searched": request.method == "POST"}
    status = 200
    if request.method == "POST":
        try:
            found = publicrecords.search_public_records(house(), request.actor, terms)
            context["found"] = [
                {
                    "record": each,
                    "kind": KINDS[each.kind],
                    "day": shown.in_full(each.received_on),
                    "texts": [(AUTHORS[author], text) for author, text in each.texts],
                }
                for each in found
            ]
        except DoorError as problem:
            context["said"], status = refused(problem), status_of(problem)
    return render(request, "desk/letters_public.html", context, status=status)


def _inbox(request: DeskRequest, said: Said | None = None, status: int = 200) -> HttpResponse:
    # Whoever works public mail alone begins there, and is not refused something they did not ask for.
    own = "public mail" if Role.REFERENCE not in request.actor.roles else "inquiries"
    chosen = _one_of(LetterClass, request.GET.get("class", own), LetterClass.BORROWER)
    state = _one_of(State, request.GET.get("state", ""), State.OPEN)
    page = _page(request.GET.get("page", ""))
    lines: list[answering.Line] = []
    try:
        lines = answering.inbox(
            house(), request.actor, chosen, state=state, after=(page - 1) * answering.PAGE
        )
    except DoorError as problem:
        said, status = refused(problem), status_of(problem)
    names = _names()
    context = {
        "said": said,
        "classes": [(each.value, name, each is chosen) for each, name in CLASSES.items()],
        "states": [(each.value, name, each is state) for each, name in STATES.items()],
        "chosen": chosen.value,
        "state": state.value,
        "lines": [
            {
                "line": each,
                "kind": KINDS[each.kind],
                "day": shown.in_full(each.received_on),
                "who": names.get(each.assigned or 0, ""),
                "mine": each.assigned == request.member.pk,
            }
            for each in lines
        ],
        "page": page,
        "more": page + 1 if len(lines) == answering.PAGE else 0,
    }
    return render(request, "desk/letters_inbox.html", context, status=status)


def _letter(
    request: DeskRequest,
    said: Said | None = None,
    status: int = 200,
    wrong: dict[str, str] | None = None,
    done: str = "",
) -> HttpResponse:
    number = _number(request.POST.get("letter", ""))
    try:
        opened = answering.see_letter(house(), request.actor, number)
    except NoSuchLetterError:
        return _inbox(request, said or Said(Tone.NOTE, "There is no such letter any more."), 404)
    except DoorError as problem:
        return _inbox(request, said or refused(problem), status_of(problem))
    other = LetterClass.PUBLIC if opened.letter_class is LetterClass.BORROWER else LetterClass.BORROWER
    today = house().today()
    context = {
        "said": said,
        "letter": opened,
        "kind": KINDS[opened.kind],
        "class_name": CLASSES[opened.letter_class],
        "class_reason": rules.ClassReason[opened.class_reason.upper()].value if opened.class_reason else "",
        "state": STATES[opened.state],
        "received": shown.in_full(opened.received_on),
        "language": shown.LANGUAGES.get(opened.language, opened.language),
        "who": _names().get(opened.assigned or 0, ""),
        "mine": opened.assigned == request.member.pk,
        "is_open": opened.state is not State.CLOSED,
        "by_mail": opened.way is Way.MAIL,
        "no_line": opened.way is Way.MAIL and not NoticeSettings.of(house().home).mail.host,
        "on_portal": opened.has_patron,
        "is_wish": opened.kind is Kind.PURCHASE,
        "messages": [
            {
                "message": each,
                "author": AUTHORS[each.author],
                "day": shown.in_full(each.day),
                "outgoing": OUTGOING.get(each.outgoing, ""),
                "stops": each.outgoing in ("failed", "unsure", "back"),
                "note": each.note_kind.value if each.note_kind else "",
                "until": shown.in_full(each.ends_on),
                "files": [
                    (file_id, FILE_KINDS.get(kind, kind), max(size // 1000, 1))
                    for file_id, kind, size in each.files
                ],
            }
            for each in opened.messages
        ],
        "stays": [(why.name.lower(), why.value) for why in FITS[opened.letter_class]],
        "moves": [(why.name.lower(), why.value) for why in FITS[other]],
        "other": other.value,
        "other_name": CLASSES[other],
        "note_kinds": [(each.name, each.value) for each in NoteKind],
        "note_until": (today + dt.timedelta(days=30)).isoformat(),
        "note_last": (today + dt.timedelta(days=rules.NOTE_MOST_DAYS)).isoformat(),
        "wrong": wrong or {},
        "typed": request.POST.dict() if wrong or status >= 400 else {},
        "done": done,
    }
    return render(request, "desk/letters_letter.html", context, status=status)


# acts

_WRONG = {
    "body": "Write the answer.",
    "note": "Write the note.",
    "kind": "Choose what the note is about.",
    "ends_on": "Give the day on which the note ends, within 90 days.",
    "reason": "Choose why.",
}


def _nothing(_request: DeskRequest, _letter_id: int) -> Said:
    return Said(Tone.STOP, "Nothing was changed.", "Choose what to do.")


def _answer(request: DeskRequest, letter_id: int) -> Said:
    by_mail = answering.answer(house(), request.actor, letter_id, request.POST.get("body", ""))
    return Said(Tone.DONE, "Answered.", "It leaves by mail with the next round." if by_mail else "")


def _purchase(request: DeskRequest, letter_id: int) -> Said:
    by_mail = answering.decide_purchase(
        house(),
        request.actor,
        letter_id,
        request.POST.get("body", ""),
        bought=request.POST.get("do") == "buy",
    )
    told = "It leaves by mail, and is forgotten then." if by_mail else "It is forgotten with the next round."
    return Said(Tone.DONE, "Decided. Nobody is tied to it any more.", told)


def _close(request: DeskRequest, letter_id: int) -> Said:
    answering.close(house(), request.actor, letter_id)
    return Said(Tone.DONE, "Closed.")


def _take(request: DeskRequest, letter_id: int) -> Said:
    answering.take(house(), request.actor, letter_id, member=request.member.pk)
    return Said(Tone.DONE, "It is yours.")


def _leave(request: DeskRequest, letter_id: int) -> Said:
    answering.take(house(), request.actor, letter_id, member=None)
    return Said(Tone.DONE, "It is nobody's now.")


def _note(request: DeskRequest, letter_id: int) -> Said:
    answering.add_note(
        house(),
        request.actor,
        letter_id,
        kind=request.POST.get("kind", ""),
        body=request.POST.get("note", ""),
        ends_on=_day(request.POST.get("ends_on", "")),
    )
    return Said(Tone.DONE, "Noted.", "Whoever wrote the letter may read it.")


def _class(request: DeskRequest, letter_id: int) -> Said:
    wanted = _one_of(LetterClass, request.POST.get("class", ""), LetterClass.BORROWER)
    answering.reclassify(house(), request.actor, letter_id, wanted, request.POST.get("reason", ""))
    return Said(
        Tone.DONE,
        f"It is a {CLASSES[wanted].lower()}."
        if wanted is LetterClass.PUBLIC
        else "It is part of the borrower's record.",
    )


_ACTS: dict[str, Callable[[DeskRequest, int], Said]] = {
    "answer": _answer,
    "buy": _purchase,
    "buy-not": _purchase,
    "close": _close,
    "take": _take,
    "leave": _leave,
    "note": _note,
    "class": _class,
}


def _names() -> dict[int, str]:
    return {member.pk: member.display_name for member in accounts.list_members()}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _MOST_ID else -1


def _page(text: str) -> int:
    return min(max(int(text), 1), 1000) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _one_of(words: Any, text: str, otherwise: Any) -> Any:
    return words(text) if text in [each.value for each in words] else otherwise
