"""What cannot be published, and what two texts differ in. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.offices.publishing.rules import (
    NOTE_PARTS,
    Change,
    PublishingError,
    checked_note,
    checked_places,
    checked_texts,
    differences,
    is_slug,
    paragraphs,
    slug_of,
)

WHOLE = dict.fromkeys(NOTE_PARTS, "Something is said.")


@pytest.mark.clause("TH-6.2", "TH-7.4")
@pytest.mark.parametrize("part", NOTE_PARTS)
@pytest.mark.parametrize("empty", ["", "  \n "])
def test_a_change_that_does_not_say_all_three_things_cannot_be_published(part, empty):
    """What is collected, how it is used, when it may be disclosed: in each language it is published in."""
    for language in ("en", "pl"):
        note = {"en": WHOLE, "pl": WHOLE, language: {**WHOLE, part: empty}}
        with pytest.raises(PublishingError) as problem:
            checked_note(note, languages=["en", "pl"])
        assert problem.value.field == f"{part}-{language}"


@pytest.mark.clause("TH-7.3")
def test_a_change_that_matters_is_shown_in_a_further_place_or_not_published():
    """And a place goes with a change that matters, so that nobody's slip grows by itself."""
    with pytest.raises(PublishingError):
        checked_places([], material=True)
    with pytest.raises(PublishingError):
        checked_places(["home"], material=False)
    with pytest.raises(PublishingError):
        checked_places(["billboard"], material=True)
    assert checked_places(["slip", "home", "home"], material=True) == ["home", "slip"]
    assert checked_places([], material=False) == []


@pytest.mark.clause("TH-6.3")
def test_differences_between_two_versions_are_told_word_by_word():
    """What was added, taken out and changed, in the order of reading; what stayed is there too."""
    before = "One stays.\n\nThe library keeps a list.\n\nThis goes."
    after = "One stays.\n\nThe library keeps no list.\n\nFour words are new.\n\nAnd five."

    found = differences(before, after)

    assert next((each.change, each.text) for each in found if each.change is not Change.CHANGED) == (
        Change.SAME,
        "One stays.",
    )
    pieces = [
        (piece.change, piece.text)
        for each in differences("The library keeps a list.", "The library keeps no list.")
        for piece in each.pieces
    ]
    assert (Change.REMOVED, "a") in pieces
    assert (Change.ADDED, "no") in pieces


@pytest.mark.clause("TH-6.3")
@given(
    st.lists(st.sampled_from(["a b", "c d", "e", "f g h"]), max_size=8),
    st.lists(st.sampled_from(["a b", "c d", "e", "f g h"]), max_size=8),
)
def test_differences_hold_every_word_of_both_texts(old, new):
    """Whoever reads the comparison has read both versions whole."""
    found = differences("\n\n".join(old), "\n\n".join(new))

    def side(left: bool) -> list[str]:
        out: list[str] = []
        for each in found:
            if each.change is Change.CHANGED:
                wanted = (Change.SAME, Change.REMOVED if left else Change.ADDED)
                out.append(" ".join(piece.text for piece in each.pieces if piece.change in wanted))
            elif each.change is Change.SAME or each.change is (Change.REMOVED if left else Change.ADDED):
                out.append(each.text)
        return out

    assert side(left=True) == old
    assert side(left=False) == new


def test_texts_need_english_and_are_whole_in_each_language():
    """Half a translation is none."""
    good = {"en": {"title": " A  b ", "body": "x\r\ny"}, "pl": {}}
    assert checked_texts(good) == {"en": {"title": "A b", "summary": "", "body": "x\ny"}}
    for wrong, field in (
        ({"en": {"title": "", "body": "x"}}, "title-en"),
        ({"en": {"title": "x", "body": " "}}, "body-en"),
        ({**good, "pl": {"title": "T"}}, "body-pl"),
        ({**good, "es": {"body": "B"}}, "title-es"),
        ({"en": {"title": "x" * 200, "body": "x"}}, "title-en"),
    ):
        with pytest.raises(PublishingError) as problem:
            checked_texts(wrong)
        assert problem.value.field == field


@given(st.text(max_size=200))
def test_a_slug_is_fit_for_an_address_or_empty(title):
    """Whatever the title."""
    slug = slug_of(title)
    assert slug == "" or is_slug(slug)
    assert paragraphs(title) == [" ".join(each.split()) for each in paragraphs(title)]
