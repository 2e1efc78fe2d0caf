"""A patron's letters to the library: read them, write on, write a new one, save a file.

Source: clauses TH-1.2, TH-4.1, MP-4.13; issue "The public side", sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse

from circumspect.faces.portal.guard import PortalRequest, done, number, own_page, show
from circumspect.faces.portal.letterwords import AUTHORS, words
from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.records.inquiries import own
from circumspect.records.inquiries.answering import Message, Opened
from circumspect.records.inquiries.rules import Kind, LetterClass, LetterError, State, UnfitError

_KINDS = (Kind.QUESTION, Kind.PURCHASE)


@own_page
def letters(request: PortalRequest) -> HttpResponse:
    """Every letter, newest first. POST: write on, write a new one, or save a file."""
    if request.method != "POST":
        return _page(request)
    patron, act = request.live.patron, request.POST.get("act", "")
    typed = {name: request.POST.get(name, "") for name in ("letter", "subject", "body", "kind")}
    try:
        if act == "file":
            file, kind = own.own_file(
                house(), patron, number(typed["letter"]), number(request.POST.get("file", ""))
            )
            return _download(file.content, kind)
        if act == "write":
            own.write_on(house(), patron, number(typed["letter"]), typed["body"])
        else:
            kind_wanted = Kind.PURCHASE if typed["kind"] == Kind.PURCHASE else Kind.QUESTION
            own.ask(
                house(), patron, kind_wanted, typed["subject"], typed["body"], language=languages.current()
            )
    except UnfitError as problem:
        said = words()
        return _page(request, typed, said.get(f"error_{problem.rule}", said["error_unfit"]), act)
    except LetterError:
        return _page(request, typed, words()["error_closed"], act)
    return done("portal-letters", "letter-sent")


def _page(
    request: PortalRequest, typed: Mapping[str, str] | None = None, error: str = "", act: str = ""
) -> HttpResponse:
    said, schedule = words(), house().schedule()
    borrower = schedule.item(LetterClass.BORROWER.value).days
    public = schedule.item(LetterClass.PUBLIC.value).days
    typed = typed or {}
    found = own.own_letters(house(), request.live.patron)
    wrote_on = number(typed.get("letter", "")) if act == "write" else 0
    # What was meant for a letter that takes no more is offered as a new one: nothing typed is lost.
    if wrote_on not in [each.id for each in found if each.state is not State.CLOSED]:
        wrote_on = 0
    context = {
        "words": said,
        "letters": [_told(letter, said, borrower, public) for letter in found],
        "kinds": [(kind.value, said[kind.value], typed.get("kind") == kind.value) for kind in _KINDS],
        "fate": said["fate"].format(days=borrower),
        "typed": typed,
        "error": error,
        "wrote_on": wrote_on,
    }
    if request.GET.get("done") == "letter-sent":
        context["done"] = said["sent"]
    return show(request, "letters.html", context, status=422 if error else 200)


def _told(letter: Opened, said: Mapping[str, str], borrower: int, public: int) -> dict[str, object]:
    is_public = letter.letter_class is LetterClass.PUBLIC
    return {
        "id": letter.id,
        "day": letter.received_on,
        "state": said[letter.state.value],
        "life": said["public"].format(days=public) if is_public else said["life"].format(days=borrower),
        "is_open": letter.state is not State.CLOSED,
        "messages": [_message(each, said) for each in letter.messages],
    }


def _message(each: Message, said: Mapping[str, str]) -> dict[str, object]:
    until = said["note_until"].format(day=languages.day(each.ends_on)) if each.ends_on else ""
    return {
        "author": said[AUTHORS[each.author]],
        "day": each.day,
        "text": each.text,
        "until": until,
        "files": [(file_id, kind) for file_id, kind, _size in each.files],
    }


def _download(content: bytes, kind: str) -> HttpResponse:
    """A file to be kept by whoever sent it, under a name that says nothing; no browser shows it."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="letter.{kind}"'
    return response
