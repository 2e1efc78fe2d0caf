"""Three languages, complete and alike; plurals, days and amounts as people say them."""

from __future__ import annotations

import datetime as dt
from importlib import resources

import pytest

from circumspect.offices.notices.wording import (
    LANGUAGES,
    WordingError,
    all_words,
    plural,
    read_words,
    words_of,
)


def _text(language: str) -> str:
    folder = resources.files("circumspect.offices.notices").joinpath("words")
    return folder.joinpath(f"{language}.toml").read_text(encoding="utf-8")


def test_every_language_says_everything():
    every = all_words()

    assert set(every) == set(LANGUAGES)
    assert len({frozenset(words.texts) for words in every.values()}) == 1
    assert len({frozenset(words.counted) for words in every.values()}) == 1
    # Said in its own words: but for a bare title, and shapes of numbers, no two languages say the same.
    alike = {name for name, text in every["en"].texts.items() if text == every["pl"].texts[name]}
    assert alike == {"body.title_line", "sms.phone"}


@pytest.mark.parametrize(
    ("number", "form"),
    [(0, "many"), (1, "one"), (2, "few"), (4, "few"), (5, "many"), (12, "many"), (14, "many"), (21, "many"),
     (22, "few"), (24, "few"), (25, "many"), (112, "many"), (122, "few")],
)  # fmt: skip
def test_polish_counts_in_three_forms(number, form):
    assert plural("pl", number) == form


def test_days_and_amounts_as_people_write_them():
    day = dt.date(2026, 11, 22)

    assert [words_of(each).day(day) for each in LANGUAGES] == ["Nov 22, 2026", "22 nov 2026", "22 lis 2026"]
    assert [words_of(each).money(123450) for each in LANGUAGES] == [
        "$1,234.50",
        "$1,234.50",
        "1\u00a0234,50\u00a0$",
    ]
    assert words_of("en").money(5) == "$0.05"
    assert words_of("xx").language == "en"


def test_a_translation_that_lacks_something_does_not_load(monkeypatch):
    lacking = _text("es").replace('several = "Avisos de {library}"\n', "")
    other_place = _text("es").replace("vence el {day}. Para", "vence el {amount}. Para")
    no_form = _text("pl").replace('few = "{library}: {count} pozycje', 'som = "{library}: {count} pozycje')

    from circumspect.offices.notices import wording

    for text, wrong in ((lacking, "subject.several"), (other_place, "body.card_expiring")):
        with pytest.raises(WordingError, match=wrong):
            wording._hold_against("es", read_words("es", text), all_words()["en"])
    with pytest.raises(WordingError, match="needs the forms one, few, many"):
        read_words("pl", no_form)
