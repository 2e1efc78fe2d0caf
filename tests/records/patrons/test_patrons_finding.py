"""Found by what somebody types, and counted by nobody."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circumspect.records.patrons import cards, finding, upkeep
from circumspect.records.patrons.finding import SLOT_SIZE, NameSlots
from circumspect.records.patrons.models import ContactIndex, NameIndex, Patron
from circumspect.records.patrons.registration import Change, Registration, change, register_many
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance
from circumspect.trust.vault.models import IndexKey, Rotation
from circumspect.trust.vault.vault import INDEX

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
IMPORT = Actor(ActorKind.JOB, "import")


def register_all(house, people) -> list[int]:
    """Their ids; each must do."""
    results = register_many(house, IMPORT, people)
    assert all(isinstance(result, int) for result in results)
    return results


def patrons_per_token() -> Counter[bytes]:
    """How many patrons each token stands for."""
    rows = NameIndex.objects.exclude(patron=0).values_list("token", flat=True)
    return Counter(bytes(token) for token in rows)


# what people type


@pytest.mark.parametrize(
    ("family", "given_name", "typed"),
    [
        ("Zielińska", "Ada", "zielinska"),
        ("Zielińska", "Ada", "ZIELIŃSKA"),
        ("Muñoz", "Íñigo", "munoz"),
        ("Muñoz", "Íñigo", "Muñoz"),
        ("Łukaszewicz", "Święcisława", "lukasz"),
        ("Łukaszewicz", "Święcisława", "swieci"),
        ("O’Reilly", "Siobhán", "oreilly"),
        ("O’Reilly", "Siobhán", "O'Reilly"),
        ("d’Arc", "Jehanne", "d'arc"),
        ("حداد", "ليلى", "حداد"),
        ("בן־דוד", "נועה", "נועה"),
        ("王", "小明", "王"),
        ("García López", "María", "lopez"),
        ("Smith-Jones", "Kay", "jones"),
        ("Ng", "Vi", "ng"),
    ],
)
def test_a_name_is_found_as_people_type_it(house, family, given_name, typed):
    found = register_all(house, [Registration("Nobody", "Else"), Registration(family, given_name)])[1]

    assert finding.find_name(house.vault, typed, 10) == [found]


def test_three_common_words_find_the_one_patron_whom_all_of_them_mean(house):
    """Each word is borne by more patrons than a search looks through."""
    crowd = [("Nowak", "Maria"), ("Garcia", "Anna"), ("Lopez", "Anna")]
    register_all(house, [Registration(*name) for name in crowd for _ in range(45)])
    maria = register_all(house, [Registration("García López", "María")])[0]

    for typed in ("maria garcia lopez", "lopez garcia maria", "García López, María"):
        assert finding.find_name(house.vault, typed, 2) == [maria]


@pytest.mark.clause("TH-1.8")
def test_whoever_has_been_forgotten_is_not_found_and_hides_nobody_else(house):
    """Their key is gone; their index rows wait for the sweep."""
    gone, ada = register_all(house, [Registration("Zielińska", "Ewa"), Registration("Zielińska", "Ada")])
    house.vault.destroy_subject(gone)

    assert finding.find_name(house.vault, "zielinska", 10) == [ada]


@pytest.mark.parametrize(
    "typed",
    ["zielinska ada", "ada zielinska", "Zielińska, Ada", "zielinska a", "ad zielinska", "zielinska 1984"],
)
def test_two_words_find_in_either_order(house, typed):
    ada, _, _ = register_all(
        house,
        [
            Registration("Zielińska", "Ada", birth_date=dt.date(1984, 2, 29)),
            Registration("Zielińska", "Olga", birth_date=dt.date(1990, 1, 1)),
            Registration("Kowalska", "Ada", birth_date=dt.date(1984, 2, 29)),
        ],
    )

    assert finding.find_name(house.vault, typed, 10) == [ada]


def test_a_birth_year_that_is_not_theirs_finds_nobody(house):
    register_all(house, [Registration("Zielińska", "Ada", birth_date=dt.date(1984, 2, 29))])

    assert finding.find_name(house.vault, "zielinska 1985", 10) == []


@pytest.mark.parametrize("typed", ["", "  ", "'", "%", "_", "--", "z", "zi", "*", "=zielinska"])
def test_too_little_or_no_word_finds_nobody_by_prefix(house, typed):
    register_all(house, [Registration("Zielińska", "Ada")])

    assert finding.find_name(house.vault, typed, 10) in ([], finding.find_name(house.vault, "zielinska", 10))
    if len(typed) <= 2:
        assert finding.find_name(house.vault, typed, 10) == []


# the slots


@pytest.mark.clause("MP-4.5")
def test_no_token_stands_for_more_than_eight_of_two_hundred_smiths(house):
    """And the desk still finds all of them."""
    smiths = register_all(
        house,
        [Registration("Smith", random.Random(n).choice(["Mary", "John", "Ann"])) for n in range(200)],
    )

    assert max(patrons_per_token().values()) == SLOT_SIZE
    assert set(finding.find_name(house.vault, "smith", 300)) == set(smiths)
    assert set(finding.find_name(house.vault, "smi", 300)) == set(smiths)
    assert len(finding.find_name(house.vault, "smith", 20)) == 20


NAMES = st.sampled_from(["Smith", "Smithson", "Smi", "Smyth", "Li", "Zielińska", "Zieliński", "O’Neil"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["Ada", "Ben", "Adaeze"]), st.booleans()), max_size=60),
    st.integers(1, 30),
)
def test_whatever_is_registered_and_forgotten_the_slots_hold_and_nobody_is_lost(house, people, batch_size):
    """In batches that share what they learned of the slots, with forgetting in between."""
    NameIndex.objects.all().delete()
    everybody = set(range(1, len(people) + 1))
    house.vault.store.make_subject_keys(everybody - house.vault.subjects_with_keys(sorted(everybody)))
    slots = NameSlots(house.vault)
    alive: dict[int, str] = {}
    for number, (family, given_name, stays) in enumerate(people):
        if number % batch_size == 0:
            slots = NameSlots(house.vault)
        patron = number + 1
        values = finding.name_values(given_name, family, None)
        finding.insert_index(*finding.index_rows(house.vault, slots, patron, values, []))
        alive[patron] = family
        if not stays:
            gone = min(alive)
            finding.remove_index(gone)
            del alive[gone]

    assert all(count <= SLOT_SIZE for count in patrons_per_token().values())
    for family in set(alive.values()):
        wanted = {patron for patron, name in alive.items() if name == family}
        assert wanted <= set(finding.find_name(house.vault, family, 1000))


@pytest.mark.clause("TH-1.8")
def test_forgetting_the_first_hundred_loses_none_of_the_second(house):
    """An emptied slot keeps its place, or the search would stop before the rest."""
    smiths = register_all(house, [Registration("Smith", "Mary") for _ in range(200)])

    for patron in smiths[:100]:
        upkeep.erase(house, patron)

    assert set(finding.find_name(house.vault, "smith", 300)) == set(smiths[100:])
    assert not NameIndex.objects.filter(patron__in=smiths[:100]).exists()
    later = register_all(house, [Registration("Smith", "Mary")])[0]
    assert later in finding.find_name(house.vault, "smith", 300)


def test_a_batch_that_failed_leaves_no_gap_in_the_slots(house, clerk, monkeypatch):
    """A hundred Smiths were not stored after all; the next one must still be found."""
    slots = NameSlots(house.vault)
    real = finding.insert_index

    def fail(*_rows):
        raise RuntimeError("disk full")

    monkeypatch.setattr(finding, "insert_index", fail)
    with pytest.raises(RuntimeError):
        register_many(house, IMPORT, [Registration("Smith") for _ in range(100)], slots=slots)
    monkeypatch.setattr(finding, "insert_index", real)

    [smith] = register_many(house, IMPORT, [Registration("Smith")], slots=slots)

    assert finding.find_name(house.vault, "smith", 10) == [smith]
    assert Patron.objects.count() == 1


def test_rows_do_not_stand_in_the_order_of_what_they_mean(house):
    """The order within one patron's rows is that of the tokens: it says nothing of the values."""
    patron = register_all(house, [Registration("Zielińska", "Ada", birth_date=dt.date(1984, 1, 1))])[0]

    tokens = [bytes(row.token) for row in NameIndex.objects.filter(patron=patron).order_by("id")]

    assert tokens == sorted(tokens)
    assert len(tokens) > 8


# contacts and cards


@pytest.mark.parametrize("typed", ["ADA@Example.org", " ada@example.org "])
def test_an_address_finds_however_it_is_typed(house, typed):
    ada, _ = register_all(
        house,
        [Registration("Zielińska", email="ada@example.org"), Registration("Okoye", email="b@example.org")],
    )

    assert finding.find_contact(house.vault, typed, 5) == [ada]


@pytest.mark.parametrize("typed", ["(312) 555-0142", "312.555.0142", "+1 312 555 0142", "3125550142"])
def test_a_telephone_number_finds_however_it_is_typed(house, typed):
    ada, _ = register_all(
        house, [Registration("Zielińska", phone="312-555-0142"), Registration("Okoye", phone="312-555-0143")]
    )

    assert finding.find_contact(house.vault, typed, 5) == [ada]


def test_a_household_shares_a_telephone(house):
    family = register_all(house, [Registration("Okoye", str(n), phone="312-555-0142") for n in range(4)])

    assert set(finding.find_contact(house.vault, "312-555-0142", 10)) == set(family)


@pytest.mark.parametrize("typed", ["", "12", "nobody"])
def test_what_is_no_contact_finds_nobody(house, typed):
    register_all(house, [Registration("Okoye", phone="312-555-0142")])

    assert finding.find_contact(house.vault, typed, 5) == []


def test_a_scanned_card_finds_however_it_is_scanned(house):
    ada = register_all(house, [Registration("Zielińska", card_number="21234000000018")])[0]

    for scan in ("21234000000018", "A21234000000018B", "*21234000000018*", "2 1234 0000 0001 8"):
        assert cards.find_card(house, scan).patron == ada
    assert cards.find_card(house, "21234000000026") is None


# new index keys

PEOPLE = [
    Registration(
        ["Smith", "Zielińska", "Okoye"][number % 3],
        ["Ada", "Ben"][number % 2],
        email=f"p{number}@example.org",
        card_number=f"X{number:04d}",
        birth_date=dt.date(1980 + number % 7, 1, 1),
    )
    for number in range(23)
]


def everybody_is_found(house, patrons) -> bool:
    """By card, by address and by name."""
    for patron, person in zip(patrons, PEOPLE, strict=True):
        card = cards.find_card(house, person.card_number)
        if card is None or card.patron != patron:
            return False
        if finding.find_contact(house.vault, person.email, 5) != [patron]:
            return False
        if patron not in finding.find_name(house.vault, person.family_name, 50):
            return False
        if patron not in finding.find_name(house.vault, f"{person.family_name}, {person.given_name}", 50):
            return False
    return True


@pytest.fixture
def small_batches(monkeypatch):
    """Rotate five patrons at a time."""
    monkeypatch.setattr(upkeep, "_BATCH", 5)


@pytest.mark.parametrize("stop_after", range(6))
def test_index_rotation_stopped_anywhere_goes_on_and_hides_nobody(
    house, make_house, small_batches, stop_after
):
    """After every batch, and for a second process too, every patron is found by everything."""
    patrons = register_all(house, PEOPLE)
    old = {bytes(token) for token in NameIndex.objects.values_list("token", flat=True)}
    rounds = upkeep.rotate_index(house)
    for _ in range(stop_after):
        next(rounds, None)
        assert everybody_is_found(house, patrons)
    rounds.close()  # a power cut

    other = make_house()
    assert everybody_is_found(other, patrons)
    for done, total in upkeep.rotate_index(other):
        assert done <= total == len(PEOPLE)
        assert everybody_is_found(other, patrons)

    assert everybody_is_found(other, patrons)
    assert not old & {bytes(token) for token in NameIndex.objects.values_list("token", flat=True)}
    assert IndexKey.objects.filter(name=INDEX).count() == 1
    assert set(NameIndex.objects.values_list("generation", flat=True)) == {2}
    assert set(ContactIndex.objects.values_list("generation", flat=True)) == {2}
    assert not Rotation.objects.exists()
    assert max(patrons_per_token().values()) <= SLOT_SIZE


def test_a_batch_done_twice_leaves_each_entry_once(house, small_batches):
    """The cut came between the batch and the note that it was done."""
    patrons = register_all(house, PEOPLE)
    rounds = upkeep.rotate_index(house)
    next(rounds)
    next(rounds)
    rounds.close()
    Rotation.objects.update(cursor=0, done=0)

    for _ in upkeep.rotate_index(house):
        pass

    assert everybody_is_found(house, patrons)
    assert max(patrons_per_token().values()) <= SLOT_SIZE


def test_patrons_who_come_change_and_go_while_index_keys_change_are_as_found_as_all(
    house, clerk, small_batches
):
    patrons = register_all(house, PEOPLE)
    rounds = upkeep.rotate_index(house)
    next(rounds)
    new = register_all(house, [Registration("Murphy", "Cy", card_number="NEW1")])[0]
    change(
        house,
        clerk,
        patrons[0],
        Change({"family_name": "Li"}),
        circumstance=Circumstance.CARD_SCANNED,
    )
    upkeep.erase(house, patrons[1])

    for _ in rounds:
        pass

    assert finding.find_name(house.vault, "murphy", 5) == [new]
    assert cards.find_card(house, "NEW1").patron == new
    assert finding.find_name(house.vault, "li", 5) == [patrons[0]]
    assert patrons[0] not in finding.find_name(house.vault, PEOPLE[0].family_name, 50)
    assert not NameIndex.objects.filter(patron=patrons[1]).exists()
    assert not ContactIndex.objects.filter(patron=patrons[1]).exists()


def test_a_patron_forgotten_between_reading_and_indexing_does_not_come_back(
    house, small_batches, monkeypatch
):
    """Guarantee 7 while keys change."""
    patrons = register_all(house, PEOPLE[:4])
    real = upkeep.read

    def and_meanwhile(*args):
        records = real(*args)
        upkeep.erase(house, patrons[2])
        return records

    monkeypatch.setattr(upkeep, "read", and_meanwhile)

    for _ in upkeep.rotate_index(house):
        pass

    assert not NameIndex.objects.filter(patron=patrons[2]).exists()
    assert finding.find_contact(house.vault, PEOPLE[2].email, 5) == []


def test_a_forgetting_that_was_cut_short_does_not_stop_new_index_keys(house, small_batches):
    """Key gone, rows still there."""
    patrons = register_all(house, PEOPLE)
    house.vault.destroy_subject(patrons[3])

    for _ in upkeep.rotate_index(house):
        pass

    assert not NameIndex.objects.filter(patron=patrons[3]).exists()
    assert finding.find_contact(house.vault, PEOPLE[4].email, 5) == [patrons[4]]
    assert upkeep.sweep_keyless(house) == 1


@pytest.mark.clause("MP-4.15")
def test_the_index_tables_have_no_column_for_a_plain_value():
    with connection.cursor() as cursor:
        for table in ("patrons_name_index", "patrons_contact_index"):
            columns = {
                column.name for column in connection.introspection.get_table_description(cursor, table)
            }
            assert columns == {"id", "token", "patron", "generation"}
