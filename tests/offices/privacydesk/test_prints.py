"""The officer's form: one page whatever stands on it, the library's words, and no fact beyond who somebody is."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from circumspect.offices.privacydesk import breach, letterwords, prints, wording
from circumspect.offices.privacydesk.breach_rules import LetterKind
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.scopes import Identity

pytestmark = pytest.mark.django_db
FACTS = [(each.name.lower(), each.value.capitalize()) for each in Identity]


def form(known: dict[str, str] | None = None, released: list[tuple[str, str]] | None = None) -> bytes:
    return prints.officer_form(
        wording.words(*wording.FORM),
        library="Clover Public Library",
        version="1A2B3C4D",
        number="7K3F-9QMA-0T2X",
        facts=FACTS,
        known=known,
        released=released or [],
    )


def pages(made: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]


@pytest.mark.clause("MP-3.12")
def test_the_blank_form_stands_on_one_page_with_everything_to_fill_in():
    text = " ".join(" ".join(pages(form())).split())

    assert len(pages(form())) == 1
    for words in (
        "Officer's Request for Confidential Library Information",
        "probable cause to believe",
        "imminent danger of physical harm",
        "sworn law enforcement officer",
        "impractical to secure a court order",
        "materials borrowed, resources reviewed, or services used",
        "suspect, witness or victim",
        "this is the written request",
        "this is the receipt",
        "refused to sign",
        "Badge, star or ID number",
        "Judicial review considered",
    ):
        assert words in text, words


def test_a_form_full_to_the_brim_stands_on_one_page():
    full = dict.fromkeys(prints._SLOTS, "Wojciechowska-Mountbatten " * 20)
    released = [
        (f"Fact {n}", "a-rather-long-address-that-somebody-really-has@example.library.org") for n in range(11)
    ]

    text = pages(form(full, released))

    assert len(text) == 1
    assert text[0].count("somebody-really-has") == 11, "what was told is printed whole"


def test_the_same_form_has_the_same_bytes_and_tells_no_time():
    assert form({"officer_name": "J. Lee"}) == form({"officer_name": "J. Lee"})
    assert not {"/CreationDate", "/Author"} & set(PdfReader(io.BytesIO(form())).metadata or {})


def test_wording_is_in_force_when_it_was_approved_and_changes_the_forms_version():
    before, day = wording.version_of(wording.FORM), dt.date(2026, 11, 23)
    wording.adopt("s_sworn", "I am sworn.", approved_by="Board", approved_on=day, today=day)

    assert wording.words("s_sworn") == {"s_sworn": "I am sworn."}
    assert wording.version_of(wording.FORM) != before
    for field, args in {
        "text": ("", "Board", day),
        "approved_by": ("x", " ", day),
        "approved_on": ("x", "Board", day + dt.timedelta(days=1)),
    }.items():
        with pytest.raises(wording.WordingError) as problem:
            wording.adopt("s_sworn", args[0], approved_by=args[1], approved_on=args[2], today=day)
        assert problem.value.field == field


def test_letter_and_packet_are_printed_and_a_letter_is_text_too():
    told = prints.Letter("Your request", ("No.",), to="Det. Lee", number="7K3F", signer="Executive Director")

    assert "No." in pages(prints.letter(told, library="Clover", day="Nov 23, 2026"))[0]
    assert "Det. Lee" in prints.letter_text(told, library="Clover", day="Nov 23, 2026")
    packet = prints.packet(
        [("Loans", [("Item", "Nad Niemnem #[x] \\ *y*", "")])],
        [("Loans", "Item", 1)],
        library="Clover",
        day="Nov 23, 2026",
        number="7K3F",
        digest="ab" * 32,
    )
    assert "Nad Niemnem #[x] \\ *y*" in pages(packet)[0]


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize(
    ("language", "title", "day", "word"),
    [
        ("en", "Notice of a breach of security", "November 23, 2026", "Signature"),
        ("es", "Aviso de una violación de seguridad", "23 de noviembre de 2026", "Firma"),
        ("pl", "Zawiadomienie o naruszeniu bezpieczeństwa", "23 listopada 2026", "Podpis"),
    ],
)
def test_a_patron_is_written_to_in_their_own_language_to_the_last_word(language, title, day, word):
    told = breach.approved(LetterKind.ACCOUNT, affected=4, language=language)
    assert (told.title, told.language) == (title, language)

    [page] = pages(prints.letters([told], library="Clover", day=dt.date(2026, 11, 23)))
    assert title in page
    assert day in page
    signed = replace(told, receipt=("x",), number="7K3F")
    [page] = pages(
        prints.letter(signed, library="Clover", day=letterwords.day_in(language, dt.date(2026, 11, 23)))
    )
    assert word in page
    if language != "en":
        assert not any(
            english in " ".join(page.split()) for english in ("Our number", "library card number", "Please")
        )


def test_a_translation_says_what_the_library_approved_or_the_letter_is_in_english():
    """The library's own English sentence is not exchanged for a translation of another; one it approved itself is used."""
    day = dt.date(2026, 11, 23)
    names = ("patron_told", "signer")
    assert wording.words_in("es", *names)[0] == "es"
    assert wording.words_in("de", *names)[0] == "en"

    wording.adopt("patron_told", "Our own words.", approved_by="Board", approved_on=day, today=day)
    assert wording.words_in("es", *names) == (
        "en",
        {"patron_told": "Our own words.", "signer": "Executive Director"},
    )
    wording.adopt("patron_told@es", "Nuestras palabras.", approved_by="Board", approved_on=day, today=day)
    language, words = wording.words_in("es", *names)
    assert (language, words["patron_told"]) == ("es", "Nuestras palabras.")


@pytest.mark.parametrize("language", ["es", "pl"])
def test_every_text_to_a_patron_is_translated(language):
    for name, (_about, text) in letterwords.TEXTS.items():
        assert letterwords.said_in(language, text) != text, name


@pytest.mark.parametrize(("language", "count"), [("es", "4 personas"), ("pl", "4 osób")])
def test_no_language_says_how_many_are_affected(language, count):
    day = dt.date(2026, 11, 23)
    wording.adopt(f"breach_end@{language}", f"x {count} x", approved_by="Board", approved_on=day, today=day)

    with pytest.raises(StepError):
        breach.approved(LetterKind.ACCOUNT, affected=4, language=language)


def test_a_recipients_key_is_looked_at_before_it_is_used():
    import pyrage
    import pysequoia

    from circumspect.offices.privacydesk.packets import KeyRefusedError, encrypted

    identity = pyrage.x25519.Identity.generate()
    assert pyrage.decrypt(encrypted(b"told", str(identity.to_public()))[0], [identity]) == b"told"
    owner = pysequoia.Tsk.generate("Lee <lee@example.org>")
    sealed, ending = encrypted(b"told", str(owner.extract_certificate()))
    assert ending == "pgp"
    assert sealed.startswith(b"-----BEGIN PGP MESSAGE")
    for key in ("", "age1nonsense", "hello", str(identity), "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx\n"):
        with pytest.raises(KeyRefusedError):
            encrypted(b"told", key)
