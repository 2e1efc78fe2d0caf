"""The money rules: pure values, judged by a model that knows nothing but sums."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from circumspect.records.fees import rules
from circumspect.records.fees.rules import (
    CODES,
    KIND_WORDS,
    MOST_CENTS,
    OWED_AGAIN,
    AmountError,
    Code,
    CodeError,
    EntryKind,
    FeeKind,
    Line,
    Method,
    MoneyError,
    TooMuchError,
    cents_of,
    charged,
    dollars,
    explained,
    paid,
    refunded,
    spread,
    taken_off,
)

DAY = dt.date(2026, 11, 23)
SOME_CENTS = st.integers(1, 3000)
OFF = (EntryKind.WAIVED, EntryKind.CREDITED, EntryKind.WRITTEN_OFF)


def a_fee(cents: int = 500, item: int | None = 7, days: int = 0) -> Line:
    return charged(FeeKind.OVERDUE, cents, day=DAY + dt.timedelta(days=days), branch="main", item=item)


@pytest.mark.clause("TH-1.13")
def test_a_fee_line_has_no_place_for_a_name_a_title_or_a_remark() -> None:
    """By construction: what a line and an entry are made of."""
    assert {each.name for each in fields(Line)} == {
        "id", "kind", "amount", "outstanding", "day", "branch", "item", "entries",
    }  # fmt: skip
    assert {each.name for each in fields(rules.Entry)} == {"kind", "cents", "day", "method", "code"}


def test_a_part_payment_keeps_the_item_and_the_last_one_lets_it_go() -> None:
    """As long as something is owed somebody may ask what for."""
    partly = paid(a_fee(500), 200, day=DAY, method=Method.CASH)
    wholly = paid(partly, 300, day=DAY, method=Method.CARD)

    assert (partly.outstanding, partly.item, partly.is_settled) == (300, 7, False)
    assert (wholly.outstanding, wholly.item, wholly.is_settled) == (0, None, True)


@pytest.mark.parametrize("kind", OFF)
def test_letting_go_settles_too_and_needs_a_code_of_its_own_list(kind: EntryKind) -> None:
    """A reason that belongs to another way of letting go is refused."""
    line = a_fee(500)

    assert taken_off(line, kind, 500, day=DAY, code=CODES[kind][0]).item is None
    for code in set(Code) - set(CODES[kind]):
        with pytest.raises(CodeError):
            taken_off(line, kind, 500, day=DAY, code=code)
    with pytest.raises(CodeError):
        taken_off(line, EntryKind.PAID, 500, day=DAY, code=CODES[kind][0])


def test_a_refund_takes_the_charge_with_it_unless_only_the_payment_was_wrong() -> None:
    """A found book is not owed again; a bounced check is."""
    settled = paid(a_fee(500), 500, day=DAY, method=Method.CHEQUE)

    found = refunded(settled, 500, day=DAY, method=Method.CASH, code=Code.ITEM_FOUND)
    bounced = refunded(settled, 500, day=DAY, method=Method.CHEQUE, code=Code.PAYMENT_FAILED)

    assert (found.outstanding, found.refundable) == (0, 0)
    assert (bounced.outstanding, bounced.refundable, bounced.item) == (500, 0, None)


def test_no_more_is_refunded_than_was_paid() -> None:
    """What was waived was never the patron's money."""
    line = taken_off(
        paid(a_fee(500), 200, day=DAY, method=Method.CASH),
        EntryKind.WAIVED,
        300,
        day=DAY,
        code=Code.GOODWILL,
    )

    with pytest.raises(TooMuchError) as refusal:
        refunded(line, 201, day=DAY, method=Method.CASH, code=Code.MISTAKE)

    assert "$2.00" in refusal.value.reason
    with pytest.raises(CodeError):
        refunded(line, 200, day=DAY, method=Method.CASH, code=Code.TOO_OLD)


def test_an_overpayment_is_refused_with_words_that_say_what_to_give_back() -> None:
    """Money over is not kept unasked."""
    with pytest.raises(TooMuchError) as refusal:
        spread([a_fee(500), a_fee(250)], 1000)

    assert refusal.value.reason == "$7.50 is owed; give $2.50 back, or put it on the deposit"
    assert refusal.value.field == "amount"
    assert str(refusal.value) == "amount: refused by the money rules"


@given(st.lists(st.tuples(SOME_CENTS, st.integers(0, 9)), min_size=1, max_size=6), st.data())
def test_a_payment_goes_to_the_oldest_first_and_to_the_last_cent(
    owed: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Shares add up; only the last may be a part; nothing younger is paid before what is older is whole."""
    lines = [replace(a_fee(cents, days=days), id=at) for at, (cents, days) in enumerate(owed)]
    cents = data.draw(st.integers(1, sum(line.outstanding for line in lines)))

    shares = spread(lines, cents)

    assert sum(share for _, share in shares) == cents
    assert all(share == line.outstanding for line, share in shares[:-1])
    assert [line for line, _ in shares] == sorted(lines, key=rules.oldest_first)[: len(shares)]


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("2", 200), ("2.50", 250), ("$2.50", 250), (" $ 0.05 ", 5), ("0", 0), ("1234567.89", 123456789)],
)
def test_amounts_are_read_as_people_write_them(typed: str, cents: int) -> None:
    """Dollars, or dollars and cents."""
    assert cents_of(typed) == cents


@pytest.mark.parametrize("typed", ["", "2.5", "2,50", "-1", "1e3", "21234000000018", "two", "٣.٠٠", "1.000"])
def test_what_is_no_amount_is_refused_and_not_repeated(typed: str) -> None:
    """It may be a card number scanned into the wrong box."""
    with pytest.raises(AmountError) as refusal:
        cents_of(typed)

    assert refusal.value.reason == "an amount is dollars and cents, such as 2.50"


@given(st.integers(0, 10**9 - 1))
def test_what_is_written_can_be_read_again(cents: int) -> None:
    """Two ways that fit together, but for the thousands' comma."""
    assert cents_of(dollars(cents).replace(",", "")) == cents
    assert dollars(-cents - 1).startswith("-$")


@pytest.mark.parametrize("cents", [0, -1, MOST_CENTS + 1])
def test_nothing_and_far_too_much_are_no_amounts(cents: int) -> None:
    """For every act alike."""
    for act in (
        lambda: a_fee(cents),
        lambda: paid(a_fee(), cents, day=DAY, method=Method.CASH),
        lambda: taken_off(a_fee(), EntryKind.WAIVED, cents, day=DAY, code=Code.GOODWILL),
        lambda: refunded(a_fee(), cents, day=DAY, method=Method.CASH, code=Code.MISTAKE),
        lambda: spread([a_fee()], cents),
    ):
        with pytest.raises(AmountError):
            act()


def test_every_kind_has_words_that_name_no_title() -> None:
    """What a machine, a receipt or a clerk's voice says is one of eight phrases."""
    assert set(KIND_WORDS) == set(FeeKind)
    assert KIND_WORDS[FeeKind.OVERDUE] == "Overdue fee"
    assert set(rules.CODE_WORDS) == set(Code)
    assert set(rules.METHOD_WORDS) == set(Method)
    assert {code for codes in CODES.values() for code in codes} == set(Code)


# A state machine against a model that only adds up


class LineMachine(RuleBasedStateMachine):
    """One fee's life, in any order, beside what a person with a pencil would write."""

    acts = SimpleNamespace(charged=charged, paid=paid, taken_off=taken_off, refunded=refunded)

    def __init__(self) -> None:
        super().__init__()
        self.line: Line | None = None

    @precondition(lambda self: self.line is None)
    @rule(cents=SOME_CENTS)
    def charge(self, cents: int) -> None:
        """A fee begins."""
        self.line = self.acts.charged(FeeKind.LOST, cents, day=DAY, branch="main", item=7)
        self.owes, self.paid_in, self.given_back = cents, 0, 0
        self.knows_item = True

    @precondition(lambda self: self.line is not None)
    @rule(cents=SOME_CENTS, method=st.sampled_from(Method))
    def pay(self, cents: int, method: Method) -> None:
        """Somebody pays."""
        if self._tried(lambda: self.acts.paid(self.line, cents, day=DAY, method=method), cents <= self.owes):
            self.owes -= cents
            self.paid_in += cents

    @precondition(lambda self: self.line is not None)
    @rule(cents=SOME_CENTS, kind=st.sampled_from(OFF), code=st.sampled_from(Code))
    def take_off(self, cents: int, kind: EntryKind, code: Code) -> None:
        """Somebody lets go."""
        may = cents <= self.owes and code in CODES[kind]
        if self._tried(lambda: self.acts.taken_off(self.line, kind, cents, day=DAY, code=code), may):
            self.owes -= cents

    @precondition(lambda self: self.line is not None)
    @rule(cents=SOME_CENTS, code=st.sampled_from(Code))
    def refund(self, cents: int, code: Code) -> None:
        """Money goes back."""
        may = cents <= self.paid_in - self.given_back and code in CODES[EntryKind.REFUNDED]
        if self._tried(
            lambda: self.acts.refunded(self.line, cents, day=DAY, method=Method.CASH, code=code), may
        ):
            self.given_back += cents
            if code in OWED_AGAIN:
                self.owes += cents

    def _tried(self, act: object, may: bool) -> bool:
        before = self.line
        try:
            self.line = act()  # type: ignore[operator]
        except MoneyError:
            assert not may
            assert self.line is before
            return False
        assert may
        return True

    @invariant()
    def agrees(self) -> None:
        """Entries explain what is outstanding; nothing is below zero; the item goes for good when it is settled."""
        if self.line is None:
            return
        self.knows_item = self.knows_item and self.owes > 0
        assert self.line.outstanding == self.owes == explained(self.line.entries)
        assert 0 <= self.line.outstanding <= self.line.amount
        assert 0 <= self.line.refundable == self.paid_in - self.given_back
        assert self.line.is_settled is (self.owes == 0)
        assert (self.line.item is not None) is self.knows_item


class RefundsTwice(LineMachine):
    """A twin that refunds without looking at what was paid."""

    acts = SimpleNamespace(
        charged=charged,
        paid=paid,
        taken_off=taken_off,
        refunded=lambda line, cents, *, day, method, code: replace(
            line, entries=(*line.entries, rules.Entry(EntryKind.REFUNDED, cents, day, method, code))
        ),
    )


class KeepsTheItem(LineMachine):
    """A twin that forgets to forget."""

    acts = SimpleNamespace(
        charged=charged,
        paid=lambda line, cents, *, day, method: replace(
            paid(line, cents, day=day, method=method), item=line.item
        ),
        taken_off=taken_off,
        refunded=refunded,
    )


QUICK = settings(max_examples=60, stateful_step_count=12, deadline=None)


@pytest.mark.clause("TH-1.13", "TH-1.20")
def test_a_fee_agrees_with_the_pencil_whatever_happens_to_it() -> None:
    """Any order of charging, paying, letting go and refunding."""
    run_state_machine_as_test(LineMachine, settings=QUICK)


@pytest.mark.parametrize("twin", [RefundsTwice, KeepsTheItem])
def test_a_broken_money_rule_would_be_noticed(twin: type[LineMachine]) -> None:
    """The machine can fail."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            twin, settings=settings(QUICK, max_examples=200, print_blob=False, report_multiple_bugs=False)
        )
