"""Numbers on cards and items: check digits, scanners' habits, and old numbers kept good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.barcodes import (
    BarcodeError,
    BarcodeKind,
    check_digit,
    is_acceptable,
    is_valid14,
    kind_of,
    new_barcode,
    normalise,
)

PUBLISHED = ["30234000517861", "33191000105864", "21234000000018", "31234000000016", "21234000001230"]
kinds = st.sampled_from([BarcodeKind.PATRON, BarcodeKind.ITEM])
institutions = st.integers(0, 9999).map("{:04d}".format)
serials = st.integers(0, 99_999_999)


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_numbers_have_the_check_digit_we_compute(number):
    assert check_digit(number[:13]) == number[13]
    assert is_valid14(number)


@pytest.mark.parametrize("number", PUBLISHED)
def test_first_digit_says_patron_or_item(number):
    assert kind_of(number) == (BarcodeKind.PATRON if number[0] == "2" else BarcodeKind.ITEM)


@given(kinds, institutions, serials)
def test_a_new_number_says_its_own_kind(kind, institution, serial):
    number = new_barcode(kind, institution, serial)

    assert kind_of(number) == kind
    assert number[1:5] == institution
    assert int(number[5:13]) == serial


@given(kinds, institutions, serials, st.integers(0, 13), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(kind, institution, serial, place, change):
    number = new_barcode(kind, institution, serial)
    wrong = str((int(number[place]) + change) % 10)

    assert not is_valid14(number[:place] + wrong + number[place + 1 :])


@given(
    kinds,
    institutions,
    serials,
    st.sampled_from(["A{}B", "c{}d", "*{}*", " {} ", "{}\r\n", "\u200e{}", "A {}B"]),
)
def test_scanner_dress_does_not_change_the_number(kind, institution, serial, dress):
    number = new_barcode(kind, institution, serial)

    assert normalise(dress.format(number)) == number
    assert kind_of(dress.format(number)) == kind


@given(st.text())
def test_normalising_twice_changes_nothing_and_nothing_raises(text):
    once = normalise(text)

    assert normalise(once) == once
    kind_of(text)
    is_acceptable(once)


@pytest.mark.parametrize("old", ["1042", "P00317", "39999000000238", "3999900000001", "reroils1", "A-17/3"])
def test_old_numbers_without_a_check_digit_stay_good(old):
    assert is_acceptable(normalise(old))
    assert kind_of(old) == BarcodeKind.UNKNOWN


@pytest.mark.parametrize(
    "bad", ["", "   ", "**", "9" * 33, "a'b", 'a"b', "<b>", "١٢٣٤", "é12", "-12", "12\u0301"]
)
def test_what_is_no_barcode_is_not_acceptable(bad):
    assert not is_acceptable(normalise(bad))


@pytest.mark.parametrize(
    ("kind", "institution", "serial"),
    [
        (BarcodeKind.UNKNOWN, "1234", 1),
        (BarcodeKind.PATRON, "12345", 1),
        (BarcodeKind.PATRON, "12a4", 1),
        (BarcodeKind.ITEM, "1234", 10**8),
        (BarcodeKind.ITEM, "1234", -1),
    ],
)
def test_a_number_out_of_range_is_refused_without_being_repeated(kind, institution, serial):
    with pytest.raises(BarcodeError) as refusal:
        new_barcode(kind, institution, serial)

    assert institution not in str(refusal.value)


def test_a_check_digit_wants_thirteen_digits():
    with pytest.raises(BarcodeError):
        check_digit("123")
    with pytest.raises(BarcodeError):
        check_digit("²234567890123")
