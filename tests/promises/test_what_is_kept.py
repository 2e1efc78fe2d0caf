"""What is kept, why, and for how long: promises read off the inventory and the tables themselves."""

from __future__ import annotations

import re

import pytest

from circumspect.records.series import inventory, patron_series
from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.inventory import FieldClass, FieldEntry, compare_with_tables
from circumspect.trust.policy.schedule import Schedule, Trigger
from circumspect.visits import tables as annex

# Words that would give a column away, taken whole: "age" is not in "language".
ORIGIN_AND_VIEWS = {
    "race", "ethnicity", "ethnic", "religion", "citizenship", "immigration", "nationality", "origin", "party",
    "politics", "occupation", "employer", "income", "photo", "signature_image", "fingerprint", "biometric",
    "disability", "health", "ssn", "social",
}  # fmt: skip
PLACES_VISITED = {"url", "uri", "referrer", "referer", "website", "site", "visited", "query", "search"}
DEVICES = {
    "ip",
    "mac",
    "device",
    "useragent",
    "user_agent",
    "agent",
    "host",
    "latitude",
    "longitude",
    "location",
}


def tables() -> dict[str, list[str]]:
    """Every column of every model of ours, as Django has them."""
    from django.apps import apps

    return {
        f"{model._meta.app_label}.{model.__name__}": [
            field.name for field in model._meta.get_fields() if getattr(field, "column", None)
        ]
        for model in apps.get_models()
        if model.__module__.startswith("circumspect.")
    }


def words_of_columns() -> set[str]:
    """Every word of every column's name."""
    names = {column for columns in tables().values() for column in columns}
    return names | {word for name in names for word in re.split(r"_", name)}


def of_model(model: str) -> dict[str, FieldEntry]:
    """The entries of one model by column."""
    return {entry.column: entry for entry in inventory().entries if entry.model == model}


@pytest.mark.clause("MP-4.1", "MP-4.2", "MP-3.2", "TH-1.7")
def test_every_column_of_every_table_is_in_the_inventory() -> None:
    """And nothing is in the inventory that no table has."""
    mismatch = compare_with_tables(inventory(), tables() | annex.columns())

    assert mismatch.not_in_inventory == ()
    assert mismatch.not_in_tables == ()


@pytest.mark.clause("MP-1.1", "TH-1.4")
def test_every_column_says_in_plain_words_why_it_is_kept() -> None:
    """A sentence, and not the column's name again."""
    for entry in inventory().entries:
        assert entry.purpose.endswith(".")
        assert len(entry.purpose.split()) >= 5
        assert "_" not in entry.purpose


@pytest.mark.clause("MP-2.1", "MP-4.4")
def test_no_column_holds_origin_faith_opinion_or_a_social_security_number() -> None:
    """Searched for in the tables themselves."""
    assert words_of_columns() & ORIGIN_AND_VIEWS == set()


@pytest.mark.clause("TH-2.9")
def test_no_column_can_hold_a_visited_website() -> None:
    """What is not stored cannot be looked up."""
    assert words_of_columns() & PLACES_VISITED == set()


@pytest.mark.clause("TH-2.10")
def test_no_column_accepts_a_device_or_network_address() -> None:
    """Of patrons or of anybody."""
    assert words_of_columns() & DEVICES == set()


@pytest.mark.clause("MP-4.7", "MP-3.2")
def test_whatever_describes_a_patron_rests_sealed() -> None:
    """The registration record has no column in clear but a random number, a month, a version, and the last day of a
    card made at the door that nobody has completed."""
    in_clear = {entry.column for entry in of_model("patrons.Patron").values() if not entry.sealed}

    assert in_clear == {"id", "review_month", "provisional_until", "changed_on", "version"}
    assert of_model("patrons.Card")["sealed_barcode"].sealed
    assert of_model("patrons.Note")["sealed_text"].sealed
    assert of_model("patrons.Pin")["sealed_hash"].sealed


@pytest.mark.clause("MP-4.5", "TH-1.11", "TH-1.19")
def test_no_table_has_a_patron_beside_an_item() -> None:
    """A loan has a link of its epoch; no column of it can hold a patron's number."""
    for model, columns in tables().items():
        assert not (
            {"patron", "patron_id", "subject"} & set(columns) and {"item", "item_id"} & set(columns)
        ), model
    assert "patron" not in tables()["circulation.Loan"]


@pytest.mark.clause("MP-4.15")
def test_stand_ins_for_a_patron_are_classed_as_what_they_stand_for() -> None:
    """Tokens, links, ways back and internal ids count as personal, whatever they look like."""
    for entry in inventory().entries:
        if entry.column in {"token", "link", "back", "patron", "subject"}:
            assert entry.field_class is not FieldClass.NEITHER, entry.column


@pytest.mark.clause("MP-4.16")
def test_the_tally_has_no_person_and_no_item_in_it() -> None:
    """Nothing to join a count to anybody by."""
    columns = set(of_model("circulation.Tally"))

    assert columns == {"id", "day", "branch", "kind", "item_type", "collection", "category", "count"}
    assert all(entry.field_class is FieldClass.NEITHER for entry in of_model("circulation.Tally").values())


@pytest.mark.clause("MP-4.13", "TH-1.22")
def test_a_note_has_a_kind_and_a_day_it_ends() -> None:
    """Neither may be left empty in the table."""
    from circumspect.records.patrons.models import Note

    assert not Note._meta.get_field("expires_on").null
    assert not Note._meta.get_field("kind").null
    assert Schedule.load().item("notes").trigger is Trigger.OWN_EXPIRY


@pytest.mark.clause("TH-1.14", "TH-1.1")
def test_what_starts_switched_on_is_the_stated_list_and_what_lending_needs() -> None:
    """Name, address, telephone, e-mail, birth date; and what lending cannot do without."""
    known = Fields.load().series["registration"]

    assert set(known.fields) - known.optional == {
        "given_name", "family_name", "street", "city", "region", "postcode", "phone", "email", "birth_date",
        "language", "notice_channel", "notice_titles", "adult_name", "adult_contact", "id_seen_on",
        "address_checked_on", "balance", "standing",
    }  # fmt: skip
    off = {entry.field for entry in inventory().entries if not entry.on_by_default}
    assert off == {"driver_licence", "sex"}


@pytest.mark.clause("TH-1.8", "TH-1.5")
def test_nothing_about_a_person_is_kept_for_good() -> None:
    """Every such column ends by a rule with a trigger and a number of days: two years at most, seven for a legal file."""
    schedule = Schedule.load()

    for entry in inventory().about_people():
        rule = inventory().rule_of(entry, schedule)
        assert rule.trigger is not Trigger.NEVER, entry.column
        most = 2557 if rule.series == "cases" else 731
        assert rule.days + rule.epoch_days + rule.life_days <= most, entry.column


@pytest.mark.clause("TH-1.5")
def test_every_series_about_people_is_in_the_schedule() -> None:
    """By the names the records use."""
    schedule = Schedule.load()

    assert set(patron_series()) >= {"registration", "cards", "notes", "pins", "loans", "ledger"}
    assert all(schedule.item(series).disposal for series in patron_series())
