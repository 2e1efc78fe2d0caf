"""Masks, dates, slips of text and bars: pure parts of the desk."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.faces.desk import cardprint, markdown, shown


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("jane@example.org", "j•••@example.org"),
        ("", ""),
        ("x@y.z", "x•••@y.z"),
        ('"a@b"@c.org', '"•••@c.org'),
    ],
)
def test_an_email_keeps_its_first_letter_and_its_place(email, masked):
    assert shown.masked_email(email) == masked


def test_a_telephone_number_keeps_four_digits():
    assert shown.masked_phone("(217) 555-0142") == "•••-0142"
    assert shown.masked_phone("") == ""


def test_a_street_loses_its_house_number():
    assert shown.masked_street("12 Bluestem Lane") == "•• Bluestem Lane"
    assert shown.masked_street("ul. Długa 7b") == "ul. Długa ••"


@given(st.text(max_size=60))
def test_masks_never_give_the_whole_away(text):
    assert not re.search(r"\d{5}", shown.masked_phone(text))
    name, at, _ = text.rpartition("@")
    if at and len(name) > 1:
        assert name not in shown.masked_email(text).rpartition("@")[0]


def test_the_policys_markdown_becomes_blocks_with_clauses_set_apart():
    text = "# Title\n\nOne line (MP-7.16)\ngoes on.\n\n- first\n  still first (TH-1.2, TH-1.3)\n- <b>second</b>\n\n1. one\n2. two"

    blocks = markdown.blocks(text)

    assert [block.kind for block in blocks] == ["h1", "p", "ul", "ol"]
    assert [run.clause for run in blocks[1].lines[0]] == ["", "MP-7.16", ""]
    assert "".join(run.text for run in blocks[2].lines[0]) == "first still first (TH-1.2, TH-1.3)"
    assert blocks[2].lines[1][0].text == "<b>second</b>"
    assert len(blocks[3].lines) == 2


def bars(svg: str) -> list[tuple[float, float]]:
    """Position and width of each black bar, in millimetres."""
    found = re.findall(
        r'<rect x="([\d.]+)mm" y="[\d.]+mm" width="([\d.]+)mm" height="[\d.]+mm" style="fill:black;?"', svg
    )
    return [(float(x), float(width)) for x, width in found]


_CODABAR = {
    "0000011": "0", "0000110": "1", "0001001": "2", "1100000": "3", "0010010": "4", "1000010": "5", "0100001": "6",
    "0100100": "7", "0110000": "8", "1001000": "9", "0011010": "A", "0101001": "B",
}  # fmt: skip


def test_the_codabar_bars_read_back_as_the_number():
    """Read as a scanner does: seven elements a sign, wide or narrow."""
    drawn = bars(cardprint.codabar_svg("21234000000018"))
    narrow = min(width for _, width in drawn)
    elements = []
    for (x, width), after in zip(drawn, [*drawn[1:], (0.0, 0.0)], strict=True):
        elements.append(int(width > 1.5 * narrow))
        elements.append(int(after[0] - x - width > 1.5 * narrow))
    signs = ["".join(map(str, elements[at : at + 7])) for at in range(0, len(elements), 8)]

    assert "".join(_CODABAR[sign] for sign in signs) == "A21234000000018B"


def test_a_printed_card_is_the_same_each_time_and_says_no_more_than_it_must():
    one, two = (
        cardprint.card_pdf("Łódź & Sons <Library>", "21234000000018"),
        cardprint.card_pdf("Łódź & Sons <Library>", "21234000000018"),
    )

    assert one == two
    assert one.startswith(b"%PDF")


def test_a_legacy_number_with_letters_prints_too():
    assert cardprint.card_pdf("Test", "P00123").startswith(b"%PDF")
    assert cardprint.spaced("P00123") == "P00123"
    assert cardprint.spaced("21234000000018") == "2 1234 00000001 8"
