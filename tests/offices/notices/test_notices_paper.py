"""Letters in window envelopes: whatever way the sheet slides, the window shows the address and nothing else."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pypdf import PdfReader

from circumspect.offices.notices.kinds import Kind
from circumspect.offices.notices.paper import (
    SHEETS,
    PrintedCard,
    PrintedLetter,
    address_lines,
    letters_pdf,
    postcards_pdf,
)
from circumspect.offices.notices.rendering import Facts, Matter, Sender, TitleLine, Titles, letter, postcard
from circumspect.offices.notices.wording import LANGUAGES, words_of

SENDER = Sender("Prairie Bend Public Library", "East Levee Branch", "309-555-0100")
DAY = dt.date(2026, 11, 22)
ADDRESS = address_lines(
    "María", "Nowak-Zielińska", "1234 West Bluestem Avenue Apt 12B", "Prairie Bend", "IL", "62190"
)
FACTS = Facts((Matter(Kind.OVERDUE, 60, DAY), Matter(Kind.BILL, 5, DAY, 12500)), SENDER)
POINTS = 72 / 25.4


def long_letter(language: str = "en") -> PrintedLetter:
    """Two pages of it."""
    lines = {
        Kind.OVERDUE: [TitleLine(f"A title that goes on for a while, volume {n}", DAY) for n in range(60)]
    }
    return PrintedLetter(language, ADDRESS, letter(words_of(language), FACTS, Titles.chosen("yes", lines)))


def pieces(page) -> list[tuple[float, float, str]]:
    """Every piece of text with where it stands: millimetres from the left and from the top."""
    found: list[tuple[float, float, str]] = []
    height = float(page.mediabox.height)

    def visit(text, page_matrix, matrix, _font, _size):
        if text.strip():
            a, b, c, d, e, f = page_matrix
            x, y = matrix[4] * a + matrix[5] * c + e, matrix[4] * b + matrix[5] * d + f
            found.append((x / POINTS, (height - y) / POINTS, text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def in_window(page, area: tuple[float, float, float, float]) -> str:
    """What stands in an area of the page."""
    left, top, right, bottom = area
    return " ".join(text for x, y, text in pieces(page) if left <= x <= right and top <= y <= bottom)


@pytest.mark.clause("MP-4.14")
@pytest.mark.parametrize("paper", sorted(SHEETS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_window_shows_the_address_and_nothing_else(paper, language):
    pages = PdfReader(io.BytesIO(letters_pdf([long_letter(language)] * 2, paper))).pages
    sheet = SHEETS[paper]

    assert len(pages) == 6
    first = [page for page in pages if ADDRESS[0] in page.extract_text()]
    assert len(first) == 2
    for page in pages:
        swept = in_window(page, sheet.swept)
        assert swept == (" ".join(ADDRESS) if page in first else "")
    for page in first:
        assert in_window(page, sheet.seen) == " ".join(ADDRESS)
        assert "volume 1" in page.extract_text()


def test_a_text_in_the_windows_way_would_be_seen():
    """The control: an address of so many lines that it does not fit is not cut off silently elsewhere."""
    page = PdfReader(io.BytesIO(letters_pdf([long_letter()], "letter"))).pages[0]
    left, _, right, bottom = SHEETS["letter"].swept

    assert in_window(page, (left, 0, right, bottom)) != " ".join(ADDRESS)


@pytest.mark.clause("MP-4.14")
def test_a_postcard_asks_to_contact_the_library_and_says_nothing_more():
    cards = [PrintedCard(each, ADDRESS, postcard(words_of(each), FACTS)) for each in LANGUAGES]
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(postcards_pdf(cards))).pages]

    assert [" ".join(pages[0].split()), " ".join(pages[1].split())] == [
        f"Prairie Bend Public Library {' '.join(ADDRESS)}",
        "Please contact the library. Prairie Bend Public Library East Levee Branch Telephone 309-555-0100",
    ]
    assert "60" not in "".join(pages[1::2]).replace("62190", "")
    assert len(pages) == 6


def test_the_file_tells_no_time_and_no_name_in_its_properties():
    one, two = letters_pdf([long_letter()], "a4"), letters_pdf([long_letter()], "a4")

    assert one == two
    properties = PdfReader(io.BytesIO(one)).metadata or {}
    assert set(properties.values()) <= {"Letters", "Typst 0.15.0"} | {
        value for value in properties.values() if str(value).startswith("Typst")
    }


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (("Ana", "Ruiz", "1 Road", "Bend", "IL", "62190"), ("Ana Ruiz", "1 Road", "Bend, IL 62190")),
        (("", "Ruiz", "1 Road", "Bend", "", ""), ("Ruiz", "1 Road", "Bend")),
        (("Ana", "Ruiz", "", "Bend", "IL", "62190"), ()),
        (("Ana", "Ruiz", "1 Road", "", "", ""), ()),
    ],
)
def test_an_address_is_whole_or_none(fields, lines):
    assert address_lines(*fields) == lines
