"""Forms that staff make: a closed list of kinds, words in every language, and whose decision their class is."""

from __future__ import annotations

import pytest
from inquiries_support import member

from circumspect.records.inquiries import answering, formmaking, mailout
from circumspect.records.inquiries.fieldkinds import FieldKind, FormField, FormWords, read_answers
from circumspect.records.inquiries.intake import Letter, count_by, send_in
from circumspect.records.inquiries.models import Inquiry, PublicLetter, StaffForm
from circumspect.records.inquiries.own import own_letters
from circumspect.records.inquiries.rules import Kind, LetterClass, NoSuchFormError, UnfitError
from circumspect.records.inquiries.shelves import Sender, Text
from circumspect.records.outgoing import Became, Outgoing
from circumspect.trust.door.errors import Refused

database = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def said(text: str) -> dict[str, str]:
    """The same in three languages."""
    return {"en": text, "es": f"{text} (es)", "pl": f"{text} (pl)"}


FIELDS = (
    FormField(FieldKind.LINE, True, said("Who comes")),
    FormField(FieldKind.NUMBER, False, said("How many")),
    FormField(FieldKind.CHOICE, False, said("Which room"), (said("Attic"), said("Cellar"))),
    FormField(FieldKind.CHECK, False, said("With a wheelchair")),
    FormField(FieldKind.DAY, False, said("On which day")),
)
FORM = FormWords(said("Story hour"), said("Come and listen."), FIELDS)


def come(house, slug="story-hour"):
    """Fill a form in."""
    form = formmaking.form_of(slug)
    letter = Letter(Kind.FORM, Text(answers=(("Who comes", "Ada"),)), form=slug, form_class=form.letter_class)
    return send_in(house, letter)


@database
@pytest.mark.clause("TH-4.3")
def test_a_form_without_a_class_brings_in_borrowers_records(house, librarian):
    """A new form, and a letter by a form that says none."""
    formmaking.put_form(house, librarian, "story-hour", FORM)
    assert StaffForm.objects.get().letter_class == LetterClass.BORROWER
    come(house)
    send_in(house, Letter(Kind.FORM, Text(answers=(("x", "y"),)), form="another"))

    assert Inquiry.objects.count() == 2
    assert not PublicLetter.objects.exists()


@database
@pytest.mark.clause("TH-4.3")
def test_only_the_policys_owner_reclassifies_a_form(house, librarian, last_entry):
    """Everybody else is refused and that is written down; what came before stays what it is."""
    formmaking.put_form(house, librarian, "story-hour", FORM)
    come(house)
    for role in ("reference", "communications", "foia_officer", "system", "privacy_in_charge", "trustee"):
        with pytest.raises(Refused):
            formmaking.reclassify_form(house, member(role), "story-hour", LetterClass.PUBLIC)
        assert (last_entry()["outcome"], last_entry()["fields"]) == ("refused", ["class"])
    assert formmaking.form_of("story-hour").letter_class is LetterClass.BORROWER

    for role in ("executive_director", "deputy_director"):
        formmaking.reclassify_form(house, member(role), "story-hour", LetterClass.PUBLIC)
    come(house)

    assert (Inquiry.objects.count(), PublicLetter.objects.count()) == (1, 1)


@database
@pytest.mark.clause("TH-4.3", "MP-4.8")
def test_what_comes_by_a_form_is_answered_like_any_letter(house, librarian, ada):
    """By mail where an address was given, on their own pages where somebody is signed in; by reference staff alone."""
    text, sender = Text(answers=(("Who comes", "Ada"),)), Sender("Ada", "ada@mail.example")
    by_mail = send_in(house, Letter(Kind.FORM, text, sender, form="story-hour"))
    at_home = send_in(house, Letter(Kind.FORM, text, form="story-hour"), patron=ada)
    nowhere = send_in(house, Letter(Kind.FORM, text, form="story-hour"))
    with pytest.raises(Refused):
        answering.answer(house, member("communications"), by_mail, "Come at ten.")

    left = [answering.answer(house, librarian, each, "Come at ten.") for each in (by_mail, at_home)]
    mails: list[Outgoing] = []

    def line(mail: Outgoing) -> Became:
        mails.append(mail)
        return Became.SENT

    sent = [mailout.send_answers(house, "Library", line, lambda _letter: "") for _ in range(2)]

    assert (left, sent) == ([True, False], [1, 0])
    assert [mail.to for mail in mails] == ["ada@mail.example"]
    assert "Come at ten." in mails[0].body
    (own,) = own_letters(house, ada)
    assert (own.id, own.messages[-1].text.body) == (at_home, "Come at ten.")
    assert Inquiry.objects.get(id=nowhere).way == "none"


@database
def test_a_form_is_made_by_those_who_answer_and_opened_when_it_speaks_every_language(house, librarian):
    """A director has no hand in its words; a language that is missing keeps it a draft."""
    with pytest.raises(Refused):
        formmaking.put_form(house, member("executive_director"), "story-hour", FORM)
    lacking = FormWords({"en": "Story hour"}, said("x"), FIELDS)
    formmaking.put_form(house, librarian, "story-hour", lacking)
    with pytest.raises(UnfitError) as refusal:
        formmaking.set_open(house, librarian, "story-hour", is_open=True)
    assert refusal.value.rule == "words are missing in es, pl"
    assert formmaking.open_forms(house.today()) == []

    formmaking.put_form(house, librarian, "story-hour", FORM, until=house.today(), places=1)
    formmaking.set_open(house, librarian, "story-hour", is_open=True)
    assert [each.slug for each in formmaking.open_forms(house.today())] == ["story-hour"]
    with pytest.raises(UnfitError):
        formmaking.put_form(house, librarian, "story-hour", lacking)
    come(house)
    assert formmaking.form_of("story-hour").is_full
    assert formmaking.open_forms(house.today().replace(year=2027)) == []


@database
def test_the_last_place_goes_to_one_of_two_who_were_both_told_that_it_is_free(house, librarian):
    formmaking.put_form(house, librarian, "story-hour", FORM, places=1)
    formmaking.set_open(house, librarian, "story-hour", is_open=True)
    assert not formmaking.form_of("story-hour").is_full  # both look before either has sent
    come(house)

    with pytest.raises(NoSuchFormError):
        come(house)

    assert count_by("story-hour") == 1


def test_answers_are_read_by_the_forms_own_fields_and_by_nothing_else():
    """What is not a field is not read; an empty one is left out; words are the reader's language."""
    typed = {
        "f1": " Ada ",
        "f2": "3",
        "f3": "1",
        "f4": "yes",
        "f5": "2026-12-01",
        "f6": "secret",
        "card": "1",
    }

    answers = read_answers(FORM, typed, "es")

    assert answers == [
        ("Who comes (es)", "Ada"),
        ("How many (es)", "3"),
        ("Which room (es)", "Cellar (es)"),
        ("With a wheelchair (es)", "✓"),
        ("On which day (es)", "2026-12-01"),
    ]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("f1", {}),
        ("f1", {"f1": "x" * 201}),
        ("f2", {"f1": "a", "f2": "three"}),
        ("f3", {"f1": "a", "f3": "2"}),
        ("f3", {"f1": "a", "f3": "Attic"}),
        ("f5", {"f1": "a", "f5": "soon"}),
        ("f1", {"f1": "123-45-6789"}),
    ],
)
def test_what_a_field_does_not_allow_is_named(field, typed):
    """By its place in the form."""
    with pytest.raises(UnfitError) as refusal:
        read_answers(FORM, typed, "en")
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "form",
    [
        FormWords({"es": "Hora"}, {}, FIELDS),
        FormWords(said("x"), {}, ()),
        FormWords(said("x"), {}, FIELDS * 5),
        FormWords(said("x"), {}, (FormField(FieldKind.CHOICE, False, said("y"), (said("one"),)),)),
        FormWords(said("x"), {}, (FormField(FieldKind.LINE, False, said("y"), (said("a"), said("b"))),)),
        FormWords(said("x" * 200), {}, FIELDS),
    ],
    ids=["no English", "no field", "too many", "one choice", "choices of a line", "long"],
)
def test_a_form_that_does_not_do_is_refused(form):
    """Before anything is stored."""
    from circumspect.records.inquiries.fieldkinds import check_words

    with pytest.raises(UnfitError):
        check_words(form)


def test_a_form_reads_back_as_it_was_written():
    """Word for word."""
    assert FormWords.from_text(FORM.to_text()) == FORM
