"""The forms by which anybody writes to the library, and the pages that a mail of the newsletter leads to.

No cookie, no script. A form that does not do comes back filled in; what was sent leads to a page of its own, so that
it is not sent twice. The pages are stored by nobody.

Source: clauses TH-4.1 to TH-4.4, TH-1.12; issue "The public side", section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from circumspect.faces.public import languages
from circumspect.faces.public.asking import AskInput, fate, words
from circumspect.faces.public.clients import address_of
from circumspect.faces.public.forms import FormGuard, RobotError, StaleFormError
from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show, trouble
from circumspect.faces.site import asking
from circumspect.records.communications import newsletter
from circumspect.records.communications.newsletter import Topic
from circumspect.records.inquiries import formmaking, rules
from circumspect.records.inquiries.fieldkinds import in_language
from circumspect.records.inquiries.intake import Letter, check_email, send_in
from circumspect.records.inquiries.rules import Kind, NoSuchFormError, UnfitError
from circumspect.records.inquiries.shelves import File, Sender, Text
from circumspect.trust.door.errors import DoorError
from circumspect.trust.vault.errors import VaultError
from circumspect.uploads import MOST_BYTES

THROTTLE = asking.Throttle()
_PAGE = ["GET", "HEAD", "POST"]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every form that is open."""
    said, spoken = words(), languages.current()
    own = [
        (
            languages.address("forms-letter", kind.value),
            said[f"{kind.value}_title"],
            said[f"{kind.value}_about"],
        )
        for kind in asking.KINDS
    ]
    own.append((languages.address("forms-newsletter"), said["newsletter_title"], said["newsletter_about"]))
    made = [
        (
            languages.address("forms-made", form.slug),
            in_language(form.words.titles, spoken),
            said["full"] if form.is_full else "",
            said["until"].format(until=languages.day(form.until)) if form.until else "",
        )
        for form in formmaking.open_forms(house().today())
    ]
    return _unkept(_show(request, "home", {"own": own, "made": made}))


@require_http_methods(_PAGE)
def letter(request: HttpRequest, kind: str) -> HttpResponse:
    """One of the library's own forms."""
    if kind not in [each.value for each in asking.KINDS]:
        raise Http404
    what = Kind(kind)
    said = words()
    page = _Page(request, f"letter {kind}", said[f"{kind}_title"], languages.address("forms-letter", kind))
    page.fate = fate(what, house().schedule())
    page.has_files = what in asking.WITH_FILES
    page.lead = said[f"{kind}_about"]

    def shown(typed: Mapping[str, str], errors: Mapping[str, str]) -> list[AskInput]:
        return asking.inputs(what, typed, errors)

    def take(typed: Mapping[str, str], files: tuple[File, ...]) -> None:
        text = Text(typed["subject"], typed["body"])
        _refuse_links(text.body)
        send_in(house(), Letter(what, text, _sender(typed), files, languages.current()))

    return page.answer(
        ("subject", "body", "name", "email"), shown, take, languages.address("forms-sent", kind)
    )


@require_http_methods(_PAGE)
def made(request: HttpRequest, slug: str) -> HttpResponse:
    """A form that staff made."""
    try:
        form = formmaking.shown_form(slug, house().today(), sends=request.method == "POST")
    except NoSuchFormError:
        raise Http404 from None
    said, spoken = words(), languages.current()
    title = in_language(form.words.titles, spoken)
    if form.is_full and request.method != "POST":
        return _unkept(_show(request, "done", {"title": title, "text": said["full_form"]}))
    page = _Page(request, f"form {slug}", title, languages.address("forms-made", slug))
    page.fate = fate(Kind.FORM, house().schedule(), form.letter_class)
    page.lead = in_language(form.words.intros, spoken)
    names = [f"f{number}" for number in range(1, len(form.words.fields) + 1)]

    def shown(typed: Mapping[str, str], errors: Mapping[str, str]) -> list[AskInput]:
        return asking.inputs_of(form, typed, errors)

    def take(typed: Mapping[str, str], _files: tuple[File, ...]) -> None:
        answers = formmaking.answers_to(form, typed, spoken, house().today())
        for name in names:
            _refuse_links(typed[name], name)
        send_in(
            house(),
            Letter(
                Kind.FORM,
                Text(title, "", answers),
                _sender(typed),
                language=spoken,
                form=slug,
                form_class=form.letter_class,
            ),
        )

    return page.answer((*names, "name", "email"), shown, take, languages.address("forms-sent", "form"))


@require_safe
def sent(request: HttpRequest, kind: str) -> HttpResponse:
    """It has arrived."""
    said = words()
    if kind not in (*(each.value for each in asking.KINDS), "form", "newsletter"):
        raise Http404
    text = said["newsletter_sent"] if kind == "newsletter" else said["sent_text"]
    more = "" if kind == "newsletter" else said["sent_answer"]
    return _unkept(_show(request, "done", {"title": said["sent_title"], "text": text, "more": more}))


@require_http_methods(_PAGE)
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for the newsletter. The answer is the same whatever is known of the address."""
    said = words()
    page = _Page(request, "newsletter", said["newsletter_title"], languages.address("forms-newsletter"))
    page.fate = asking.newsletter_fate()
    page.lead = said["newsletter_lead"]
    page.go = said["newsletter_go"]

    def shown(typed: Mapping[str, str], errors: Mapping[str, str]) -> list[AskInput]:
        page.topics = [
            (topic.value, said[f"topic_{topic.value}"], typed.get(f"topic_{topic.value}") == "yes")
            for topic in Topic
        ]
        rule = errors.get("email", "")
        error = said.get(f"error_{rule}", "") if rule else ""
        page.topics_error = said["error_topics"] if "topics" in errors else ""
        return [AskInput("email", "email", said["email"], typed.get("email", ""), error, True)]

    def take(typed: Mapping[str, str], _files: tuple[File, ...]) -> None:
        address = check_email(typed["email"])
        if not address:
            raise UnfitError("email", "missing")
        topics = [topic for topic in Topic if typed[f"topic_{topic.value}"] == "yes"]
        if not topics:
            raise UnfitError("topics", "topics")
        newsletter.subscribe(house(), address, language=languages.current(), topics=topics)

    names = ("email", *(f"topic_{topic.value}" for topic in Topic))
    return page.answer(names, shown, take, languages.address("forms-sent", "newsletter"))


@require_http_methods(_PAGE)
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Say yes to the newsletter. Opening the page does nothing: programs that look at mail open every link."""
    return _by_code(request, code, "confirm", newsletter.confirm)


@require_http_methods(_PAGE)
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """Leave the newsletter: by a button, or by one touch in a mail program (RFC 8058)."""
    return _by_code(request, code, "leave", newsletter.unsubscribe)


def _by_code(request: HttpRequest, code: str, act: str, do: Any) -> HttpResponse:
    said = words()
    context = {
        "title": said[f"{act}_title"],
        "go": said[f"{act}_go"],
        "action": languages.in_language(request.path_info, languages.current()),
    }
    if request.method != "POST":
        return _unkept(_show(request, "code", context))
    try:
        good = do(house(), code)
    except (DoorError, VaultError):
        return _unkept(
            _show(request, "done", {"title": context["title"], "text": said["closed"]}, status=503)
        )
    text = said[f"{act}_done"] if good else said["code_bad"]
    status = 200 if good else 404
    return _unkept(_show(request, "done", {"title": context["title"], "text": text}, status=status))


class _Page:
    """One form: shown, held against its stamp, taken, or given back filled in."""

    def __init__(self, request: HttpRequest, purpose: str, title: str, action: str) -> None:
        self.request = request
        self.guard = FormGuard(purpose, asking.LEAST_SECONDS)
        self.title = title
        self.action = action
        self.lead = ""
        self.fate: list[str] = []
        self.go = words()["go"]
        self.has_files = False
        self.topics: list[tuple[str, str, bool]] = []
        self.topics_error = ""

    def answer(self, names: tuple[str, ...], shown: Any, take: Any, then: str) -> HttpResponse:
        """The page, or the way to the next one.

        Args:
            names: What is read of the form, and nothing besides.
            shown: Makes the inputs of what was typed and what is wrong.
            take: Takes it; raises what is wrong.
            then: Where it leads.
        """
        request = self.request
        if request.method != "POST":
            return self._show(shown({}, {}))
        if _length(request) > MOST_BYTES:
            return trouble(request, 413)
        typed = {name: request.POST.get(name, "") for name in names}
        said = words()
        try:
            self.guard.check(request.POST, house().clock())
            if not THROTTLE.may_send(address_of(request)):
                return self._show(shown(typed, {}), said["busy"], status=429)
            take(typed, _files(request) if self.has_files else ())
        except StaleFormError:
            return self._show(shown(typed, {}), said["stale"], status=409)
        except RobotError:
            return self._show(shown(typed, {}), said["robot"], status=409)
        except UnfitError as problem:
            return self._show(shown(typed, {problem.field: problem.rule}), said["again"], status=422)
        except NoSuchFormError:
            return self._show(shown(typed, {}), said["form_over"], status=409)
        except (DoorError, VaultError):
            return self._show(shown(typed, {}), said["closed"], status=503)
        return _unkept(HttpResponseRedirect(then, status=303))

    def _show(self, found: list[AskInput], problem: str = "", status: int = 200) -> HttpResponse:
        context = {
            "title": self.title,
            "lead": self.lead,
            "action": self.action,
            "fate": self.fate,
            "go": self.go,
            "has_files": self.has_files,
            "files_lost": self.has_files and self.request.method == "POST",
            "inputs": found,
            "topics": self.topics,
            "topics_error": self.topics_error,
            "problem": problem,
            "guard": self.guard.fields(house().clock()),
        }
        return _unkept(_show(self.request, "page", context, status=status))


def _show(request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    more = {"here": "forms-home", "words": words(), **context}
    return show(request, f"site/form_{template}.html", more, status=status)


def _sender(typed: Mapping[str, str]) -> Sender:
    return Sender(typed["name"], typed["email"])


def _files(request: HttpRequest) -> tuple[File, ...]:
    return tuple(File(each.name or "", each.read()) for each in request.FILES.getlist("files") if each.size)


def _refuse_links(text: str, field: str = "body") -> None:
    if rules.count_links(text) > rules.LINKS_MOST:
        raise UnfitError(field, "links")


def _length(request: HttpRequest) -> int:
    raw = request.META.get("CONTENT_LENGTH") or "0"
    return int(raw) if str(raw).isdecimal() else MOST_BYTES + 1


def _unkept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
