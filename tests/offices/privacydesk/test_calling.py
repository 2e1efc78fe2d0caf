"""Those in charge are told at once, and an urgent request goes up the list until somebody has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from cases_support import INTAKE, in_charge, sorted_as, take_in
from hypothesis import given
from hypothesis import strategies as st

from circumspect.offices.privacydesk import calling, caseids, cases
from circumspect.offices.privacydesk.calling import Callee, Ways, calls_due, next_to_call
from circumspect.offices.privacydesk.cases_models import CaseAlarm

DIRECTOR, PIA, SAM = (
    Callee(1, "Dora", "dora@library.example"),
    Callee(2, "Pia", "pia@library.example"),
    Callee(3, "Sam", ""),
)
URGENT = {**INTAKE, "urgent": "yes", "who": "Det. Kowalczyk about Zielinska"}
DATABASES = pytest.mark.django_db(databases=["default", "keys", "ledger"])


class Post:
    """A mail server that keeps what it was given."""

    def __init__(self, order: Sequence[Callee] = (PIA, SAM, DIRECTOR)) -> None:
        self.sent: list[tuple[list[str], str, str]] = []
        self.ways = Ways(lambda: [DIRECTOR], lambda: order, self.mail)

    def mail(self, to: Sequence[str], subject: str, body: str) -> int:
        self.sent.append((list(to), subject, body))
        return len(to)


def urgent(house: Any, clerk: Any, post: Post) -> int:
    return cases.take_in(
        house, clerk, URGENT, told=lambda case, is_urgent: calling.tell(house, post.ways, case, is_urgent)
    )


@pytest.mark.clause("MP-7.12")
@DATABASES
def test_the_director_is_told_at_once_and_the_message_says_no_more_than_a_number(house: Any, clerk: Any):
    post = Post()
    case = urgent(house, clerk, post)

    assert post.sent[0][0] == ["dora@library.example"]
    whole = " ".join(subject + body for _to, subject, body in post.sent)
    assert caseids.number_of(case) in whole
    assert not any(word in whole for word in ("Kowalczyk", "Zielinska", "paper"))


@pytest.mark.clause("MP-7.13")
@DATABASES
def test_an_urgent_request_goes_up_the_list_until_somebody_has_it(house: Any, clerk: Any, clock: Any):
    post = Post()
    case = urgent(house, clerk, post)
    called = lambda: [number for number, _at in CaseAlarm.objects.get(case_id=case).called]  # noqa: E731

    assert called() == [2]
    calling.call_round(house, post.ways)
    assert called() == [2], "five minutes have not gone by"
    for order in ([2, 3], [2, 3, 1], [2, 3, 1, 2]):
        clock.forward(minutes=5)
        calling.call_round(house, post.ways)
        assert called() == order
    pia = in_charge(number="2")
    calling.acknowledge(house, pia, case)
    clock.forward(hours=5)

    assert calling.call_round(house, post.ways) == 0
    assert calling.alarms(house, pia) == []
    kept = [each for each in cases.open_case(house, pia, case).history if each.step == "acknowledge"]
    assert len(kept) == 1
    assert "[2, " in kept[0].values["called"]


@DATABASES
def test_a_round_that_did_not_run_calls_one_and_not_all_at_once(house: Any, clerk: Any, clock: Any):
    post = Post()
    urgent(house, clerk, post)
    clock.forward(hours=2)

    assert calling.call_round(house, post.ways) == 1
    clock.forward(seconds=15)
    assert calling.call_round(house, post.ways) == 0
    clock.forward(minutes=5)
    assert calling.call_round(house, post.ways) == 1


@pytest.mark.clause("MP-7.13")
@DATABASES
def test_calls_that_are_each_a_few_seconds_late_do_not_drift(house: Any, clerk: Any, clock: Any):
    """Looked at every fifteen seconds, the next is called within thirty of the time being over, the fifth as the first."""
    post, began = Post(), clock.now
    urgent(house, clerk, post)
    made = []
    clock.forward(seconds=7)
    while len(made) < 4:
        clock.forward(seconds=15)
        made += [(clock.now - began).total_seconds()] * calling.call_round(house, post.ways)

    assert [moment // 300 for moment in made] == [1, 2, 3, 4]
    assert max(moment % 300 for moment in made) <= 30


@DATABASES
def test_what_is_not_urgent_is_called_about_to_nobody_and_stands_on_the_screen(house: Any, clerk: Any):
    post = Post()
    case = take_in(
        house, clerk, told=lambda which, is_urgent: calling.tell(house, post.ways, which, is_urgent)
    )

    assert [to for to, _subject, _body in post.sent] == [["dora@library.example"]]
    assert calling.call_round(house, post.ways) == 0
    assert [each.case for each in calling.alarms(house, in_charge())] == [case]


@DATABASES
def test_a_mail_server_in_trouble_undoes_no_intake(house: Any, clerk: Any):
    def down(*_: Any) -> int:
        raise OSError

    case = cases.take_in(
        house,
        clerk,
        URGENT,
        told=lambda which, is_urgent: calling.tell(
            house, Ways(lambda: [DIRECTOR], lambda: [PIA], down), which, is_urgent
        ),
    )

    assert [each.case for each in calling.alarms(house, in_charge())] == [case]


@DATABASES
def test_an_alarm_of_a_sealed_case_is_on_no_screen(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "court_order")
    take_in(house, clerk)
    CaseAlarm.objects.filter(case_id=case).update(acknowledged_at=0)

    cases.put_gag(house, rosa, case, [], house.today())

    assert case not in [each.case for each in calling.alarms(house, in_charge())]


@given(
    at=st.integers(0, 10**6),
    later=st.integers(-100, 10**6),
    made=st.integers(0, 80),
    minutes=st.integers(1, 60),
)
def test_calls_are_never_taken_back_and_never_more_than_the_time_allows(
    at: int, later: int, made: int, minutes: int
):
    due = calls_due(at, at + later, made, minutes)

    assert due >= 0
    assert made + due <= max(made, 1 + max(later, 0) // (60 * minutes))
    assert made + due <= max(made, calling.MOST_CALLS)


@given(
    order=st.lists(st.integers(1, 5), max_size=5, unique=True),
    called=st.lists(st.integers(1, 6), max_size=12),
)
def test_everybody_is_called_before_anybody_is_called_again(order: list[int], called: list[int]):
    chosen = next_to_call(order, called)

    assert (chosen is None) == (not order)
    assert all(called.count(chosen) <= called.count(each) for each in order if chosen is not None)
