"""What a registration may hold, what it is refused for, and that a refusal never repeats it."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circumspect.records.patrons import cards, changing, finding, registration
from circumspect.records.patrons.errors import CardTakenError, ChangedMeanwhileError, FieldError
from circumspect.records.patrons.models import Card, ContactIndex, NameIndex, Note, Patron
from circumspect.records.patrons.registration import (
    Change,
    Registration,
    change,
    open_records,
    register,
    register_many,
)
from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.models import SubjectKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
SSN = "123-45-6789"
CARD = "21234000000018"
OTHER_CARD = "21234000000026"
TYPED = (
    "given_name",
    "family_name",
    "street",
    "city",
    "region",
    "postcode",
    "phone",
    "email",
    "adult_name",
    "adult_contact",
    "note",
    "card_number",
    "home_branch",
)


def refused_for(house, clerk, field, **fields) -> FieldError:
    """Registering fails for that field, says no value, and stores nothing."""
    person = {"family_name": "Zielińska", "given_name": "Ada", **fields}

    with pytest.raises(FieldError) as refusal:
        register(house, clerk, Registration(**person))

    assert refusal.value.field == field
    for value in fields.values():
        if isinstance(value, str) and len(value) > 3:
            assert value not in str(refusal.value)
    assert not Patron.objects.exists()
    assert not SubjectKey.objects.exists()
    assert not NameIndex.objects.exists()
    return refusal.value


def test_everything_given_is_there_and_opens(house, enrol, opened):
    ada = enrol(
        street="17 Wapienna",
        city="Łódź",
        email="ada@example.org",
        phone="312 555 0142",
        birth_date=dt.date(1984, 2, 29),
        notice_channel="email",
        card_number=CARD,
        note="prefers the ramp",
    )

    record = opened(ada, "given_name", "family_name", "street", "city", "email", "birth_date", "standing")

    assert dict(record)["city"] == "Łódź"
    assert record.date("birth_date") == dt.date(1984, 2, 29)
    assert record.standing == Standing("resident_adult", "main", dt.date(2029, 11, 22))
    assert "Łódź" not in repr(record)
    assert Patron.objects.get().review_month == 202911
    assert cards.find_card(house, CARD).patron == ada


def test_an_unused_field_is_not_even_an_empty_box(enrol):
    enrol()

    row = Patron.objects.get()
    assert row.sealed_email is None
    assert row.sealed_birth_date is None


@pytest.mark.clause("MP-4.4", "TH-1.14")
@pytest.mark.parametrize("field", TYPED)
def test_a_social_security_number_is_refused_in_every_text(house, clerk, field):
    refused_for(house, clerk, field, **{field: f"was {SSN} once"})


@pytest.mark.clause("MP-4.4")
@pytest.mark.parametrize("field", ["given_name", "street", "email", "adult_name"])
def test_a_social_security_number_is_refused_in_a_change_too(house, clerk, enrol, opened, field):
    ada = enrol(street="17 Wapienna")

    with pytest.raises(FieldError) as refusal:
        change(house, clerk, ada, Change({field: SSN}), circumstance=SCANNED)

    assert SSN not in str(refusal.value)
    assert opened(ada, "street", "given_name")["street"] == "17 Wapienna"


@pytest.mark.clause("TH-1.7", "TH-1.16", "TH-1.17", "MP-7.14")
@pytest.mark.parametrize("field", ["driver_licence", "sex"])
def test_a_switched_off_field_is_refused_everywhere(house, clerk, enrol, field):
    """At the desk, in a change, and in an import."""
    refused_for(house, clerk, field, **{field: "D400-7836"})
    results = register_many(house, clerk_of_import(), [Registration("Okoye", **{field: "D400-7836"})])
    assert isinstance(results[0], FieldError)
    ada = enrol()

    with pytest.raises(FieldError) as refusal:
        change(house, clerk, ada, Change({field: "D400-7836"}), circumstance=SCANNED)

    assert refusal.value.field == field
    assert getattr(Patron.objects.get(), f"sealed_{field}") is None


@pytest.mark.clause("TH-1.16", "MP-7.14")
def test_a_switched_on_field_is_kept_sealed_and_opens_for_a_lead_alone(
    switched_on, make_house, clerk, lead, db
):
    house = make_house()

    ada = register(house, clerk, Registration("Zielińska", driver_licence="D400-7836"))

    look = {"purpose": Purpose.MAINTAIN, "circumstance": SCANNED}
    assert open_records(house, lead, [ada], ["driver_licence"], **look)[0]["driver_licence"] == "D400-7836"
    assert b"7836" not in bytes(Patron.objects.get().sealed_driver_licence)
    with pytest.raises(Refused):
        open_records(house, clerk, [ada], ["driver_licence"], **look)


@pytest.fixture
def switched_on(home):
    """Before the house is built: the library collects licence numbers."""
    home.config["fields"]["on"] = ["driver_licence"]


def clerk_of_import():
    """The job that imports."""
    return Actor(ActorKind.JOB, "import")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("family_name", ""),
        ("family_name", "   "),
        ("family_name", "x" * 121),
        ("family_name", "Zie\x00li"),
        ("given_name", "Ada\x1b[31m"),
        ("category", "vip"),
        ("birth_date", dt.date(2026, 11, 24)),
        ("birth_date", dt.date(1899, 12, 31)),
        ("email", "ada at example"),
        ("email", "ada@example"),
        ("email", "a da@example.org"),
        ("phone", "12345"),
        ("language", "xx"),
        ("notice_channel", "pigeon"),
        ("card_number", "31234000000016"),
        ("card_number", "12"),
        ("card_number", "2" * 33),
        ("card_number", "2123-4000"),
        ("note", "x" * 281),
    ],
)
def test_what_does_not_do_is_refused_by_field(house, clerk, field, value):
    refused_for(house, clerk, field, **{field: value})


def test_a_birth_date_today_is_a_birth_date(enrol, opened):
    """Libraries register newborns."""
    ada = enrol(birth_date=dt.date(2026, 11, 23))

    assert opened(ada, "birth_date").date("birth_date") == dt.date(2026, 11, 23)


def test_an_items_barcode_is_no_card(house, clerk):
    said = refused_for(house, clerk, "card_number", card_number="31234000000016")

    assert "item" in said.reason


def test_a_card_in_use_is_refused(house, clerk, enrol):
    enrol(card_number=CARD)

    with pytest.raises(CardTakenError) as refusal:
        enrol("Okoye", "Ben", card_number=f" {CARD} ")

    assert CARD not in str(refusal.value)
    assert Patron.objects.count() == 1
    assert SubjectKey.objects.count() == 1


def test_a_card_twice_in_one_batch_goes_to_the_first(house, clerk):
    batch = [
        Registration("Zielińska", card_number=CARD),
        Registration("Okoye", card_number=CARD),
        Registration("", card_number=OTHER_CARD),
        Registration("Murphy", card_number=OTHER_CARD),
    ]

    results = register_many(house, clerk_of_import(), batch)

    assert isinstance(results[0], int)
    assert isinstance(results[1], CardTakenError)
    assert isinstance(results[2], FieldError)
    assert isinstance(results[3], int)
    assert cards.find_card(house, CARD).patron == results[0]
    assert Patron.objects.count() == 2


def test_a_card_taken_between_look_and_write_spares_the_rest_of_the_batch(house, clerk, monkeypatch):
    """Another desk was quicker: that one is told so, the others are registered, no key is left over."""
    quicker = register(house, clerk, Registration("Okoye", card_number=CARD))
    monkeypatch.setattr("circumspect.records.patrons.registration._taken_cards", lambda *_: set())
    batch = [Registration("Smith", str(number)) for number in range(20)]
    batch[7:7] = [Registration("Zielińska", card_number=CARD)]

    results = register_many(house, clerk_of_import(), batch)

    assert isinstance(results[7], CardTakenError)
    kept = [result for result in results if isinstance(result, int)]
    assert len(kept) == 20
    assert cards.find_card(house, CARD).patron == quicker
    assert SubjectKey.objects.count() == Patron.objects.count() == 21
    assert set(finding.find_name(house.vault, "smith", 50)) == set(kept)


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_two_desks_registering_one_card_at_once_register_one_patron(house, clerk):
    at_once = threading.Barrier(4)
    results: list[object] = []

    def desk(name: str) -> None:
        at_once.wait()
        try:
            results.append(register(house, clerk, Registration(name, card_number=CARD)))
        except (FieldError, DoorClosed) as problem:
            results.append(problem)
        finally:
            connections.close_all()

    desks = [threading.Thread(target=desk, args=(name,)) for name in ("Zielińska", "Okoye", "Murphy", "Li")]
    for each in desks:
        each.start()
    for each in desks:
        each.join()

    assert [type(result) for result in results].count(int) == 1
    assert Card.objects.count() == Patron.objects.count() == SubjectKey.objects.count() == 1


def test_a_refused_registration_leaves_nothing(house, clerk):
    """Not even a key."""
    with pytest.raises(Refused):
        register(house, clerk, Registration("Zielińska"), circumstance=Circumstance.CARD_SCANNED)

    assert not SubjectKey.objects.exists()
    assert not Patron.objects.exists()


# age changes no gate


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize("birth_date", [dt.date(2020, 1, 1), dt.date(2012, 1, 1), dt.date(1940, 1, 1), None])
def test_a_minor_an_adult_and_somebody_of_unknown_age_pass_the_same_gates(
    house, clerk, lead, enrol, birth_date
):
    """The same questions at the door, the same entries, whatever the birth date."""
    before = house.ledger.size()
    ada = enrol(birth_date=birth_date, card_number=CARD)
    change(house, clerk, ada, Change({"city": "Bend"}), circumstance=SCANNED)
    cards.set_pin(house, clerk, ada, "4821", circumstance=SCANNED)

    bodies = [dict(entry.body) for entry in house.ledger.entries(before, house.ledger.size())]

    seen = [(body["action"], body["series"], body["outcome"], tuple(body["rules"])) for body in bodies]
    assert seen == [
        ("change", "registration", "allowed", ("register-write",)),
        ("change", "registration", "allowed", ("maintain-write",)),
        ("change", "pins", "allowed", ("maintain-write",)),
    ]


@pytest.mark.clause("MP-2.1", "TH-1.14")
def test_there_is_no_field_for_origin_belief_or_status():
    fields = set(Registration.__dataclass_fields__) | set(Patron.__dict__)

    for word in ("race", "ethnic", "religion", "citizen", "immigra", "national", "ssn", "social", "politic"):
        assert not any(word in name for name in fields)


# change and correction


def test_a_change_is_what_opens_from_then_on(house, clerk, enrol, opened):
    ada = enrol(email="old@example.org", phone="312 555 0142")

    change(
        house, clerk, ada, Change({"email": "new@example.org", "phone": ""}), circumstance=SCANNED, version=1
    )

    record = opened(ada, "email", "phone")
    assert dict(record) == {"email": "new@example.org", "phone": ""}
    assert record.version == 2
    assert Patron.objects.get().sealed_phone is None


@pytest.mark.clause("TH-1.15")
def test_a_removed_address_no_longer_finds_anybody(house, clerk, enrol):
    ada = enrol(email="ada@example.org", phone="312 555 0142")
    assert finding.find_contact(house.vault, "ADA@example.org ", 5) == [ada]
    assert finding.find_contact(house.vault, "+1 (312) 555-0142", 5) == [ada]

    change(house, clerk, ada, Change({"email": "", "phone": ""}), circumstance=SCANNED)

    assert finding.find_contact(house.vault, "ada@example.org", 5) == []
    assert finding.find_contact(house.vault, "312 555 0142", 5) == []
    assert not ContactIndex.objects.exists()


def test_a_new_name_finds_and_the_old_one_does_not(house, clerk, enrol):
    ada = enrol(birth_date=dt.date(1984, 1, 1))

    change(house, clerk, ada, Change({"family_name": "Okoye"}), circumstance=SCANNED)

    assert finding.find_name(house.vault, "Okoye 1984", 5) == [ada]
    assert finding.find_name(house.vault, "Zielińska", 5) == []
    assert finding.find_name(house.vault, "Zielińska 1984", 5) == []


def test_a_change_on_an_old_page_is_refused(house, clerk, enrol, opened):
    ada = enrol()
    change(house, clerk, ada, Change({"city": "Bend"}), circumstance=SCANNED, version=1)

    with pytest.raises(ChangedMeanwhileError):
        change(house, clerk, ada, Change({"city": "Peoria"}), circumstance=SCANNED, version=1)

    assert opened(ada, "city")["city"] == "Bend"


def test_a_name_changed_twice_at_once_is_never_half_indexed(house, clerk, enrol, monkeypatch):
    """Between reading a name for the index and writing it, another desk changed it."""
    ada = enrol()
    real = changing._for_index

    def and_meanwhile(*args):
        before = real(*args)
        monkeypatch.undo()
        change(house, clerk, ada, Change({"family_name": "Okoye"}), circumstance=SCANNED)
        return before

    monkeypatch.setattr(changing, "_for_index", and_meanwhile)

    with pytest.raises(ChangedMeanwhileError):
        change(house, clerk, ada, Change({"given_name": "Adela"}), circumstance=SCANNED)

    assert finding.find_name(house.vault, "okoye, ada", 5) == [ada]
    assert finding.find_name(house.vault, "zielinska", 5) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"birth_date": dt.date(2027, 1, 1)}, "birth_date"),
        ({"birth_date": "2027-01-01"}, "birth_date"),
        ({"birth_date": "last May"}, "birth_date"),
        ({"family_name": ""}, "family_name"),
        ({"email": "nobody"}, "email"),
        ({"standing": "{}"}, "field"),
        ({"religion": "none"}, "field"),
        ({"sealed_city": "x"}, "field"),
    ],
)
def test_a_change_is_checked_like_a_registration(house, clerk, enrol, values, field):
    ada = enrol()

    with pytest.raises(FieldError) as refusal:
        change(house, clerk, ada, Change(values), circumstance=SCANNED)

    assert refusal.value.field == field
    assert Patron.objects.get().version == 1


def test_a_refused_change_changes_nothing(house, clerk, enrol, opened):
    ada = enrol(city="Bend")

    with pytest.raises(Refused):
        change(house, clerk, ada, Change({"city": "Peoria"}), circumstance=Circumstance.UNEXPLAINED)

    assert opened(ada, "city")["city"] == "Bend"


def test_changing_nothing_asks_nothing(house, clerk, enrol):
    ada = enrol()
    before = house.ledger.size()

    change(house, clerk, ada, Change(), circumstance=SCANNED)

    assert house.ledger.size() == before


def test_a_note_of_an_import_ends(house):
    register_many(house, clerk_of_import(), [Registration("Okoye", note="owes us a smile")])

    note = Note.objects.get()
    assert note.kind == "card"
    assert note.expires_on == house.today() + dt.timedelta(days=183)


# anything at all


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(family=st.text(max_size=130), given_name=st.text(max_size=130), email=st.text(max_size=20))
def test_checking_any_text_gives_a_registration_or_a_field_error(house, family, given_name, email):
    """Nothing else is raised, and no error says what was typed."""
    answer = registration._checked(house, Registration(family, given_name, email=email))

    if isinstance(answer, FieldError):
        assert answer.field in {"family_name", "given_name", "email"}
        assert not any(len(value) > 40 and value in str(answer) for value in (family, given_name, email))
    else:
        assert answer.family_name == family.strip()
