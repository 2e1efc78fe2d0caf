"""The policy's data is read strictly: what is at fault does not load, and says where."""

from __future__ import annotations

import pytest

from circumspect.trust.policy.clauses import ClauseKind, ClauseRegister, Enforcer
from circumspect.trust.policy.data import PolicyFaultError, own_text
from circumspect.trust.policy.engine import Engine
from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.inventory import FieldClass, compare_with_tables, read_inventory
from circumspect.trust.policy.policy import SCHEMA, Policy
from circumspect.trust.policy.refusals import read_refusals
from circumspect.trust.policy.request import Role
from circumspect.trust.policy.rules import read_rules
from circumspect.trust.policy.schedule import Schedule

REGISTER = ClauseRegister.load()
CLAUSES = frozenset(REGISTER.clauses)
SCHEDULE = Schedule.load()


# The clause register


def test_the_register_holds_every_clause_of_both_policies() -> None:
    """68 and 59, by kind as they were counted when the policies were read."""
    counts = {
        document: [
            sum(clause.document == document and clause.kind is kind for clause in REGISTER.clauses.values())
            for kind in ClauseKind
        ]
        for document in REGISTER.documents
    }

    assert counts == {"MP": [12, 18, 24, 0, 2, 12], "TH": [4, 21, 10, 5, 2, 17]}
    assert len(REGISTER.clauses) == 127
    assert [tension.number for tension in REGISTER.tensions] == list(range(1, 19))


def test_every_clause_not_yet_kept_says_what_is_to_come() -> None:
    """And every other says where it is kept."""
    for clause in REGISTER.clauses.values():
        assert clause.reason.startswith("Not yet:") is (clause.enforcer is Enforcer.NOT_YET)
        assert clause.reason.endswith(".")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('kind = "inform"', 'kind = "inform "', "MP-1.1, kind"),
        ('kind = "inform"\n', "", "MP-1.1, kind"),
        ('id = "MP-2.1"', 'id = "MP-1.1"', "MP-1.1, id"),
        ('document = "MP"', 'document = "TH"', "MP-1.1, document"),
        ('who_acts = "Library"', 'who_acts = " "', "MP-1.1, who_acts"),
        ('who_acts = "Library"', "who_acts = 3", "MP-1.1, who_acts"),
        ('who_acts = "Library"', 'who_acts = "Library"\nwho_act = "x"', "MP-1.1, who_act"),
        ('clauses = ["MP-3.14"]', 'clauses = ["MP-3.99"]', "tension 1, clauses"),
        ("[[clause]]", "[[clause]", "is not TOML"),
    ],
)
def test_a_fault_in_the_register_names_its_place(old: str, new: str, place: str) -> None:
    """File, entry and name; the register is not made."""
    text = own_text("clauses.toml")
    assert old in text

    with pytest.raises(PolicyFaultError) as fault:
        ClauseRegister.read(text.replace(old, new, 1))

    assert place in str(fault.value)
    assert fault.value.file == "clauses.toml"


# Rules and schema

GOOD_RULE = """
@id("one") @clause("MP-3.1") @why("Because.") @instead("Do this.")
forbid (principal is Staff, action, resource) when { context.purpose == "forget" };
"""


def read(text: str) -> object:
    return read_rules({"rules/x.cedar": text}, clause_ids=CLAUSES, words={"forget", "desk"})


def test_a_good_rule_is_read_with_its_notes() -> None:
    """The shape the faults below are faults of."""
    rules = read_rules({"rules/x.cedar": GOOD_RULE}, clause_ids=CLAUSES, words={"forget"})

    assert list(rules) == ["one"]
    assert rules["one"].clauses == ("MP-3.1",)
    assert not rules["one"].permits


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('@id("one")', ""),
        ('@id("one")', '@id("")'),
        ('@clause("MP-3.1")', ""),
        ('@clause("MP-3.1")', '@clause("MP-3.1,MP-33")'),
        ('@clause("MP-3.1")', '@clause("MP-3.1,")'),
        ('@why("Because.")', ""),
        ('@instead("Do this.")', ""),
        ("principal is Staff", 'principal == Staff::"17"'),
        ("principal is Staff", 'principal is Staff in Staff::"17"'),
        ("principal is Staff", "principal == ?principal"),
        ('"forget"', '"forgets"'),
        ("when {", "when when {"),
    ],
)
def test_a_rule_at_fault_does_not_load(old: str, new: str) -> None:
    """No id, no live clause, no words for the screen, one person named, a word on no list, not Cedar."""
    assert old in GOOD_RULE

    with pytest.raises(PolicyFaultError):
        read(GOOD_RULE.replace(old, new))


def test_two_rules_of_one_id_do_not_load() -> None:
    """Also where they stand in two files."""
    with pytest.raises(PolicyFaultError, match="one"):
        read_rules({"a.cedar": GOOD_RULE, "b.cedar": GOOD_RULE}, clause_ids=CLAUSES, words={"forget"})


@pytest.mark.parametrize(
    "condition", ["context.purpos == 1", "context.subjects == true", "resource.owner == principal"]
)
def test_a_rule_that_does_not_fit_the_schema_does_not_load(condition: str) -> None:
    """A misspelt attribute would make a forbid that never fires."""
    with pytest.raises(PolicyFaultError):
        Engine(f'@id("x") forbid (principal, action, resource) when {{ {condition} }};', own_text(SCHEMA))


def test_every_word_of_the_rules_is_on_a_list_and_every_file_is_read() -> None:
    """Loading is the check; this says how much was loaded."""
    policy = Policy.load()

    assert {rule.file for rule in policy.rules.values()} == {
        name for name in policy.bundle() if name.startswith("rules/")
    }
    assert len(policy.rules) >= 40


# Refusals, fields, schedule


def test_refusals_end_with_one_that_always_fits() -> None:
    """A refusal without words is impossible."""
    text = own_text("refusals.toml")
    without_last = text[: text.rindex("[[refusal]]")]

    with pytest.raises(PolicyFaultError, match="no condition"):
        read_refusals(without_last, CLAUSES)
    with pytest.raises(PolicyFaultError, match="no list"):
        read_refusals(text.replace('"disclose"', '"discloses"'), CLAUSES)


def test_an_optional_field_must_be_a_field() -> None:
    """And a series must have some."""
    with pytest.raises(PolicyFaultError):
        Fields.read('[x]\nfields = ["a"]\noff_by_default = ["b"]\n')
    with pytest.raises(PolicyFaultError):
        Fields.read("[x]\nfields = []\noff_by_default = []\n")
    with pytest.raises(PolicyFaultError):
        Fields.read("")


def test_the_schedule_gives_epochs_where_there_are_any() -> None:
    """Loans and ledger links go by four weeks; nothing else is asked for."""
    assert SCHEDULE.epoch_days("loans") == 28
    assert (SCHEDULE.epoch_days("ledger"), SCHEDULE.life_days("ledger")) == (28, 180)
    with pytest.raises(PolicyFaultError, match="no epochs"):
        SCHEDULE.epoch_days("notes")
    with pytest.raises(PolicyFaultError, match="not in the schedule"):
        SCHEDULE.life_days("fines")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("days = 365", "days = -1"),
        ("days = 365", "days = true"),
        ("days = 365", 'days = "365"'),
        ("life_days = 180", "life_days = 0"),
        ('basis = "transient"', 'basis = "whenever"'),
        ('trigger = "kept for good"\ndays = 0', 'trigger = "kept for good"\ndays = 1'),
        ('clauses = ["TH-1.8", "TH-1.10"]', 'clauses = ["TH-1.99"]'),
        ('clauses = ["TH-1.8", "TH-1.10"]', 'clauses = ["TH-1.8", "TH-1.8"]'),
        ('series = "cards"', 'series = "registration"'),
    ],
)
def test_a_schedule_at_fault_does_not_load(old: str, new: str) -> None:
    """A period that cannot be is not a period."""
    text = own_text("schedule.toml")
    assert old in text

    with pytest.raises(PolicyFaultError):
        Schedule.read(text.replace(old, new, 1), CLAUSES)


@pytest.mark.clause("TH-1.5")
def test_a_schedule_without_its_legal_reference_says_so() -> None:
    """Every series until the library has filled in its own numbers, and then that one no more."""
    text = own_text("schedule.toml")
    filled = text.replace('application = ""\nitem = ""', 'application = "24-001"\nitem = "7"', 1)

    assert "registration" in SCHEDULE.missing_references()
    assert "registration" not in Schedule.read(filled, CLAUSES).missing_references()


# The inventory

GOOD_FIELD = """
[[field]]
series = "cards"
field = "barcode"
model = "patrons.Card"
column = "sealed_barcode"
class = "registration"
purpose = "To find the account."
needed_by = ["desk", "patron"]
retention = "cards"
reference = ["TH-1.23"]
sealed = true
"""


def read_fields(text: str) -> object:
    return read_inventory({"inventory.toml": text}, clause_ids=CLAUSES, schedule=SCHEDULE)


@pytest.mark.clause("TH-1.4", "MP-1.1", "MP-3.2", "MP-4.1")
@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('purpose = "To find the account."\n', "", "purpose"),
        ('"To find the account."', '"  "', "purpose"),
        ('class = "registration"\n', "", "class"),
        ('class = "registration"', 'class = "private"', "class"),
        ('retention = "cards"\n', "", "retention"),
        ('retention = "cards"', 'retention = "for ever"', "retention"),
        ('reference = ["TH-1.23"]', "reference = []", "reference"),
        ('reference = ["TH-1.23"]', 'reference = ["TH-9.9"]', "reference"),
        ('["desk", "patron"]', '["everybody"]', "needed_by"),
        ('series = "cards"', 'series = "misc"', "series"),
        ("sealed = true", 'sealed = "yes"', "sealed"),
        ("sealed = true", "seeled = true", "seeled"),
    ],
)
def test_a_field_without_purpose_class_or_end_cannot_be_kept(old: str, new: str, name: str) -> None:
    """The fault names file, entry and name."""
    assert old in GOOD_FIELD

    with pytest.raises(PolicyFaultError) as fault:
        read_fields(GOOD_FIELD.replace(old, new))

    assert fault.value.name == name
    assert fault.value.file == "inventory.toml"


def test_a_column_told_twice_is_a_fault() -> None:
    """Two purposes for one column would be one too many."""
    with pytest.raises(PolicyFaultError, match="twice"):
        read_fields(GOOD_FIELD + GOOD_FIELD)


def test_several_columns_may_be_told_in_one_breath() -> None:
    """Bookkeeping columns share a reason; each is an entry all the same."""
    text = GOOD_FIELD.replace('field = "barcode"\n', "").replace(
        'column = "sealed_barcode"', 'columns = ["id", "patron"]'
    )

    inventory = read_inventory({"x": text}, clause_ids=CLAUSES, schedule=SCHEDULE)

    assert [(entry.field, entry.column) for entry in inventory.entries] == [
        ("id", "id"),
        ("patron", "patron"),
    ]
    assert inventory.rule_of(inventory.entries[0], SCHEDULE).days == 30
    assert inventory.entries[0].field_class is FieldClass.REGISTRATION


def test_inventory_and_tables_are_compared_both_ways() -> None:
    """A foreign key may be told by its name or by its column."""
    text = GOOD_FIELD.replace('field = "barcode"\n', "").replace(
        'column = "sealed_barcode"', 'columns = ["patron", "gone"]'
    )
    inventory = read_inventory({"x": text}, clause_ids=CLAUSES, schedule=SCHEDULE)

    mismatch = compare_with_tables(inventory, {"patrons.Card": ["patron_id", "new"]})

    assert mismatch.not_in_inventory == ("patrons.Card.new",)
    assert mismatch.not_in_tables == ("patrons.Card.gone",)


def test_the_roles_are_the_twelve() -> None:
    """A closed list: a role nobody knows is refused."""
    assert len(Role) == 12
