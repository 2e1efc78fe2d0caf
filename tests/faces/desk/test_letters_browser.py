"""Letters in a real Chromium: written by the public with keyboard alone and scripts off, and answered at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from desk_support import DATABASES, GOOD_PASSWORD
from test_browser import NARROW, WCAG, Window, chromium, window  # noqa: F401 (fixtures)

from circumspect.faces.public.asking import WORDS
from circumspect.faces.site import asking
from circumspect.faces.site.views import asking as views
from circumspect.records.inquiries.intake import Letter, send_in
from circumspect.records.inquiries.models import Inquiry, InquiryMessage
from circumspect.records.inquiries.rules import Kind
from circumspect.records.inquiries.shelves import Sender, Text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]


@pytest.fixture
def in_public(library: Any) -> Iterator[Any]:
    """The public's pages are served beside the desk; nobody has written lately."""
    from circumspect.faces.public.house import served_by

    before, views.THROTTLE = views.THROTTLE, asking.Throttle()
    with served_by(library):
        yield library
    views.THROTTLE = before


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until something has the focus; it must be reachable."""
    wanted = page.locator(selector)
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def keeps_to_wcag(w: Window, where: str) -> None:
    """Read by axe, by the rules of WCAG."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": {"type": "tag", "values": [each for each in WCAG if each.startswith("wcag")]}}
    found = Axe().run(w.page, options=rules).response["violations"]
    assert not found, (
        f"{where}: {[(each['id'], [node['target'] for node in each['nodes']]) for each in found]}"
    )


def sign_in(w: Window, username: str) -> Window:
    """Somebody of the staff."""
    w.page.goto(w.address + "/sign-in/")
    w.page.fill("#username", username)
    w.page.fill("#password", GOOD_PASSWORD)
    w.page.press("#password", "Enter")
    w.page.wait_for_selector("#lock-form")
    return w


def test_a_question_is_sent_by_keyboard_with_scripts_off_in_every_language(window, in_public, clock):  # noqa: F811
    """What is missing is marked and nothing is lost; then it arrives. No cookie, no other site."""
    for language in ("en", "es", "pl"):
        w = window(java_script_enabled=False, viewport=NARROW)
        place = "" if language == "en" else f"{language}/"
        w.page.goto(f"{w.address}/library/{place}ask/question/")
        clock.forward(seconds=20)
        tab_to(w.page, "#in-name")
        w.page.keyboard.type("Zosia")
        tab_to(w.page, "main button.main")
        w.page.keyboard.press("Enter")
        w.page.wait_for_selector("#error-body")
        assert w.page.input_value("#in-name") == "Zosia"
        w.shot(f"ask-{language}")
        clock.forward(seconds=20)
        tab_to(w.page, "#in-body")
        w.page.keyboard.type("Gdzie jest prom?")
        tab_to(w.page, "main button.main")
        w.page.keyboard.press("Enter")
        w.page.wait_for_url("**/ask/sent/question/")
        assert WORDS[language]["sent_text"] in w.page.inner_text("main")
        assert w.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert w.context.cookies() == []
        assert all(each.startswith(w.address) for each in w.asked)
    assert set(Inquiry.objects.values_list("language", flat=True)) == {"en", "es", "pl"}


def test_the_forms_are_accessible(window, in_public):  # noqa: F811
    """Read by axe: the list, a form, and a form with something wrong, light and dark."""
    for scheme in ("light", "dark"):
        w = window(color_scheme=scheme, viewport=NARROW)
        for path in ("ask/", "ask/contact/", "es/ask/newsletter/"):
            w.page.goto(f"{w.address}/library/{path}")
            keeps_to_wcag(w, f"{path}, {scheme}")
        w.page.click("main button.main")
        w.page.wait_for_selector("#problem")
        keeps_to_wcag(w, f"a form that came back, {scheme}")
        assert w.complaints == [] or all("409" in each for each in w.complaints)


def test_a_letter_is_answered_at_the_desk_by_keyboard_alone(window, in_public, staff_of):  # noqa: F811
    """From the list to the answer; nothing of it stands in an address. The pages are read by axe."""
    staff_of("noor", ["reference", "communications"])
    send_in(in_public, Letter(Kind.QUESTION, Text("Ferries", "When did they stop?"), Sender("Zosia")))
    w = sign_in(window(), "noor")

    w.page.goto(w.address + "/letters/")
    w.is_accessible("the list of letters")
    w.shot("letters-inbox")
    tab_to(w.page, "button.letter-open")
    w.page.keyboard.press("Enter")
    w.sees("When did they stop?")
    w.is_accessible("a letter")
    tab_to(w.page, "#answer-body")
    w.page.keyboard.type("In 1911.")
    tab_to(w.page, "button[value=answer]")
    w.page.keyboard.press("Enter")
    w.sees("Answered.")
    w.shot("letters-letter")

    assert InquiryMessage.objects.filter(author="library").count() == 1
    number = str(Inquiry.objects.get().id)
    assert not any(number in address for address in w.asked)
    assert w.complaints == []
    w.page.set_viewport_size(NARROW)
    for path in ("letters/", "letters/forms/edit/", "letters/newsletter/"):
        w.page.goto(f"{w.address}/{path}")
        w.is_accessible(path)
        assert w.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
