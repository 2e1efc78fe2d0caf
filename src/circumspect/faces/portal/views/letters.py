"""A patron's letters to the library: read them, write on, write a new one, save a file.

Source: clauses TH-1.2, TH-4.1, MP-4.13; issue "The public side", sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpResponse

from circumspect.faces.portal.guard import PortalRequest, done, number, own_page, show
from circumspect.faces.portal.letterwords import AUTHORS, words
from circumspect.faces.public import asking, languages
from circumspect.faces.public.house import house
from circumspect.records.inquiries import formmaking, own
from circumspect.records.inquiries.answering import Message, Opened
from circumspect.records.inquiries.fieldkinds import in_language
from circumspect.records.inquiries.rules import (
    Kind,
    LetterClass,
    LetterError,
    NoSuchFormError,
    State,
    UnfitError,
)
from circumspect.records.inquiries.shelves import Sender

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


@own_page
def form(request: PortalRequest, slug: str) -> HttpResponse:
    """A form that staff made. What is sent, and what is answered, stands among the letters of whoever sends it."""
    today, spoken = house().today(), languages.current()
    sends = request.method == "POST"
    try:
        made = formmaking.shown_form(slug, today, sends=sends)
    except NoSuchFormError:
        raise Http404 from None
    title = in_language(made.words.titles, spoken)
    names = (*(f"f{number}" for number in range(1, len(made.words.fields) + 1)), "name", "email")
    typed = {name: request.POST.get(name, "") for name in names}
    errors: dict[str, str] = {}
    problem = ""
    if sends:
        said = asking.words()
        try:
            answers = formmaking.answers_to(made, typed, spoken, today)
            sender = Sender(typed["name"], typed["email"])
            own.fill_in(house(), request.live.patron, made, title, answers, sender, language=spoken)
        except UnfitError as wrong:
            errors, problem = {wrong.field: wrong.rule}, said["again"]
        except NoSuchFormError:
            problem = said["form_over"]
        else:
            return done("portal-letters", "letter-sent")
    context = {
        "title": title,
        "lead": in_language(made.words.intros, spoken),
        "action": languages.address("portal-letter-form", slug),
        "inputs": asking.marked([*asking.made_inputs(made, typed), *asking.sender(typed)], errors),
        "fate": asking.fate(Kind.FORM, house().schedule(), made.letter_class),
        "words": asking.words(),
        "own": words(),
        "problem": problem,
        "is_full": made.is_full and not sends,
    }
    return show(request, "letter_form.html", context, status=422 if problem else 200)


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
        "forms_title": asking.words()["made_title"],
        "forms": [
            (
                languages.address("portal-letter-form", form.slug),
                in_language(form.words.titles, languages.current()),
                asking.words()["full"] if form.is_full else "",
            )
            for form in formmaking.open_forms(house().today())
        ],
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
