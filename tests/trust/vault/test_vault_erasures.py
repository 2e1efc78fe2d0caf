"""The list of destroyed keys: written first, carried out everywhere, never shorter than what was done."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circumspect.trust.vault.erasures import FILE, ErasureList
from circumspect.trust.vault.errors import KeyringError, VaultError
from circumspect.trust.vault.models import Rotation
from circumspect.trust.vault.vault import Vault

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

RULES: dict = {}


@pytest.fixture
def vault(house, tmp_path, clock):
    """A vault with a list of its own, on the house's keys."""
    return Vault(house.vault.store.keyring, RULES, lambda: clock().date(), ErasureList(tmp_path / FILE))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(1, 2**62), max_size=4), max_size=5), st.data())
def test_everybody_written_down_is_read_back_in_order_from_anywhere(tmp_path, batches, data):
    path = tmp_path / FILE
    path.unlink(missing_ok=True)
    listed = ErasureList(path)
    for batch in batches:
        listed.add(batch, "2026-11-22")
    everybody = [subject for batch in batches for subject in batch]
    start = data.draw(st.integers(0, len(everybody)))

    assert listed.count() == len(everybody)
    assert listed.since(start) == everybody[start:]


@pytest.mark.parametrize("kept", range(30, 58))
def test_a_line_that_a_crash_cut_short_names_nobody_and_spoils_nothing(tmp_path, kept):
    listed = ErasureList(tmp_path / FILE)
    listed.add([17, 18], "2026-11-22")
    whole = listed.path.read_bytes()
    listed.path.write_bytes(whole[:kept])
    before = listed.since(0)

    listed.add([19], "2026-12-01")

    assert before in ([], [17])
    assert listed.since(0) == [*before, 19]


@pytest.mark.attack(7)
@pytest.mark.clause("TH-1.8")
def test_an_older_key_store_put_back_by_hand_forgets_again_before_it_opens_anything(house, vault):
    ada, ben, kim = (house.vault.store.make_subject_keys([number]) and number for number in (71, 72, 73))
    stolen = list(vault.store.subject_keys([ada, ben, kim]))
    vault.destroy_subject(ada)
    vault.destroy_subjects([ben])
    # The older copy: the keys are there again, and the store remembers nothing.
    house.vault.store.make_subject_keys([ada, ben])
    Rotation.objects.filter(kind="erasures").delete()
    assert vault.subjects_with_keys(stolen) == {ada, ben, kim}

    assert vault.carry_out_erasures() == 2

    assert vault.subjects_with_keys(stolen) == {kim}


def test_an_older_list_put_back_is_refused(vault, tmp_path, house):
    house.vault.store.make_subject_keys([81, 82])
    vault.destroy_subject(81)
    older = (tmp_path / FILE).read_bytes()
    vault.destroy_subject(82)
    (tmp_path / FILE).write_bytes(older)

    with pytest.raises(KeyringError, match="older copy of the list"):
        vault.carry_out_erasures()


def test_what_cannot_be_written_down_is_not_destroyed(vault, house, tmp_path):
    """It would be back with the next restore, and nobody would know."""
    house.vault.store.make_subject_keys([91])
    (tmp_path / FILE).mkdir()

    with pytest.raises(VaultError, match="list of erasures cannot be written"):
        vault.destroy_subject(91)

    assert vault.subjects_with_keys([91]) == {91}


def test_a_destruction_cut_short_after_it_was_written_down_is_finished(vault, house):
    house.vault.store.make_subject_keys([95])
    vault._erasures.add([95], "2026-11-22")

    assert vault.carry_out_erasures() == 1
    assert vault.subjects_with_keys([95]) == set()
    assert vault.carry_out_erasures() == 0


@pytest.mark.clause("TH-1.8")
def test_after_an_older_list_was_carried_out_the_newest_one_can_still_be_brought(vault, house, tmp_path):
    """A restored home takes the rows of the forgotten out as well: that names nobody a second time."""
    house.vault.store.make_subject_keys([61, 62, 63])
    older, newest = (ErasureList(tmp_path / name) for name in ("older", "newest"))
    older.add([61, 62], "2026-11-22")
    newest.add([61, 62, 63], "2026-11-22")
    listed = ErasureList(tmp_path / FILE)
    listed.take_over([older.path])
    vault.carry_out_erasures()

    assert vault.destroy_subject(61) is False
    assert vault.destroy_subjects([62, 61]) == 0

    assert listed.take_over([newest.path]) == 3
    assert vault.carry_out_erasures() == 1
    assert vault.subjects_with_keys([61, 62, 63]) == set()


def test_of_several_copies_the_longest_counts_and_a_strangers_is_refused(tmp_path):
    short, long, strange = (ErasureList(tmp_path / name) for name in ("short", "long", "strange"))
    short.add([1], "2026-11-22")
    long.add([1, 2, 3], "2026-11-22")
    strange.add([7, 8], "2026-11-22")
    home = ErasureList(tmp_path / FILE)

    assert home.take_over([short.path, long.path, tmp_path / "missing"]) == 3
    assert home.since(0) == [1, 2, 3]
    assert home.take_over([short.path]) == 3
    with pytest.raises(KeyringError, match="another library"):
        home.take_over([strange.path])


@pytest.mark.parametrize(
    "text",
    [b"something else, and long enough", b"circumspect erasures, 1     \nno number in this line, no \n"],
)
def test_a_file_that_is_no_list_is_refused(tmp_path, text):
    (tmp_path / FILE).write_bytes(text + b"x" * 40)

    with pytest.raises(KeyringError):
        ErasureList(tmp_path / FILE).since(0)


def test_the_list_tells_a_month_and_a_number_and_nothing_else(vault, tmp_path, house):
    house.vault.store.make_subject_keys([99])
    vault.destroy_subject(99)

    line = (tmp_path / FILE).read_text().splitlines()[1]
    assert line == f"{vault._today().isoformat()[:7]} {99:020d}"
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
