"""No title in a subject, a text message, on a postcard or in a call: by what the functions are given, and tried."""

from __future__ import annotations

import datetime as dt
import inspect
import typing
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circumspect.offices.notices import rendering
from circumspect.offices.notices.gathering import Content
from circumspect.offices.notices.kinds import Kind
from circumspect.offices.notices.rendering import Facts, Matter, Sender, TitleLine, Titles
from circumspect.offices.notices.wording import LANGUAGES, Words, words_of

SENDER = Sender("Prairie Bend Public Library", "Main Library", "309-555-0100")
DAY = dt.date(2026, 11, 22)
# No language's words hold it.
CANARY = "Qxzvjk"
titles = st.builds(
    lambda before, after: f"{before}{CANARY}{after}", st.text(max_size=30), st.text(max_size=30)
)
kinds = st.lists(st.sampled_from(list(Kind)), min_size=1, max_size=7, unique=True)


def content(some: list[Kind], named: list[str]) -> Content:
    """What a notice is told with: matters, and titles beside them."""
    made = Content()
    for kind in some:
        cents = 2500 if kind in (Kind.BILL, Kind.BALANCE) else None
        day = None if kind in (Kind.BALANCE, Kind.HOLD_CANCELLED) else DAY
        made.matters.append(Matter(kind, len(named), day, cents))
        made.titles[kind] = [TitleLine(title, DAY) for title in named]
    return made


def open_texts(words: Words, told: Content) -> list[str]:
    """Everything that others may read or hear."""
    facts = told.facts(SENDER)
    script = rendering.call_script(words, facts)
    return [
        rendering.subject(words, facts),
        rendering.text_message(words, facts),
        *rendering.postcard(words, facts),
        script.anybody,
        script.once_alone,
        *script.person,
    ]


def leaks(texts: list[str]) -> list[str]:
    """Those of the texts in which a title stands, in whatever letters."""
    return [text for text in texts if CANARY.casefold() in text.casefold()]


@pytest.mark.clause("TH-1.12", "MP-4.14")
@settings(max_examples=60, deadline=None)
@given(some=kinds, named=st.lists(titles, min_size=1, max_size=4), choice=st.sampled_from(["yes", "no", ""]))
def test_no_title_is_where_others_may_read_it(some, named, choice):
    for language in LANGUAGES:
        words, told = words_of(language), content(some, named)

        assert leaks(open_texts(words, told)) == []
        body = rendering.email_body(words, told.facts(SENDER), Titles.chosen(choice, told.titles))
        of_items = set(some) - {Kind.CARD_EXPIRING, Kind.BALANCE}
        assert bool(leaks([body])) == (choice == "yes" and bool(some))
        assert ("privacy" in body or "privacidad" in body or "prywatności" in body) == (
            choice != "yes" and bool(of_items)
        )


@settings(max_examples=20, deadline=None)
@given(some=kinds, named=st.lists(titles, min_size=1, max_size=2))
def test_a_subject_that_named_titles_would_be_caught(some, named):
    """The control, broken on purpose: it is given the titles and says one."""
    told = content(some, named)
    facts = told.facts(SENDER)
    broken = f"{rendering.subject(words_of('en'), facts)}: {next(iter(told.titles.values()))[0].title}"

    assert leaks([broken])


@pytest.mark.clause("MP-4.14")
def test_what_others_may_read_is_made_of_values_that_cannot_hold_a_title():
    """By construction: no argument of these functions has a place for one."""
    open_functions: list[Callable[..., object]] = [
        rendering.subject,
        rendering.text_message,
        rendering.postcard,
        rendering.call_script,
    ]
    for function in open_functions:
        hints = typing.get_type_hints(function)
        assert [hints[name] for name in inspect.signature(function).parameters] == [Words, Facts]
    assert not any("str" in str(hint) for hint in typing.get_type_hints(Matter).values())


@pytest.mark.parametrize("wrong", [{"count": "Moss"}, {"day": "Moss"}, {"cents": "Moss"}, {"count": True}])
def test_a_matter_takes_no_text_at_run_time_either(wrong):
    with pytest.raises(TypeError):
        Matter(Kind.OVERDUE, **wrong)  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(title=st.text(max_size=60))
def test_a_title_stays_on_its_line_and_fills_no_place_of_ours(title):
    told = content([Kind.OVERDUE], [f"{title}{{day}}\r\nBcc: x"])

    body = rendering.email_body(words_of("en"), told.facts(SENDER), Titles.chosen("yes", told.titles))

    line = next(line for line in body.split("\n") if "Bcc: x" in line)
    assert line.startswith("- ")
    assert "{day} Bcc: x, was due Nov 22, 2026" in line


def test_one_matter_has_a_subject_of_its_own_and_several_have_one_together():
    words = words_of("en")

    one = rendering.subject(words, content([Kind.HOLD_READY], ["x"]).facts(SENDER))
    two = rendering.subject(words, content([Kind.HOLD_READY, Kind.BALANCE], ["x"]).facts(SENDER))

    assert one == "Ready to pick up: Prairie Bend Public Library"
    assert two == "Notices from Prairie Bend Public Library"


def test_a_text_message_fits_two_parts_at_most():
    for language in LANGUAGES:
        for kind in Kind:
            told = content([kind], ["x"] * 12)
            assert len(rendering.text_message(words_of(language), told.facts(SENDER))) <= 134
