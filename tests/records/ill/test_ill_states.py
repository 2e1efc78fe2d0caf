"""The life of a request: values in, values out, and every path there is, walked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.ill import states
from circumspect.records.ill.citations import Citation, CitationError, id_of, number_of
from circumspect.records.ill.states import HERE, Act, Stage, Step, WrongStepError, may, stage_of, step

Rule = Callable[[Stage, Act], Step]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("act", Act)
def test_what_a_page_offers_is_what_can_be_done(stage: Stage, act: Act) -> None:
    if act in may(stage):
        assert step(stage, act).state in {*states.STORED, None}
        return
    with pytest.raises(WrongStepError) as problem:
        step(stage, act)
    assert problem.value.words.endswith(".")


def test_how_far_a_book_has_come_is_read_off_the_copy() -> None:
    assert stage_of("requested", None) is Stage.REQUESTED
    assert [
        stage_of(HERE, status) for status in ("in_transit", "hold_shelf", "on_loan", "available", "lost")
    ] == [
        Stage.IN_TRANSIT,
        Stage.ON_SHELF,
        Stage.LENT,
        Stage.RETURNED,
        Stage.ASTRAY,
    ]


@pytest.mark.parametrize("act", Act)
def test_no_end_of_a_request_keeps_its_patron(act: Act) -> None:
    for stage in Stage:
        if act in may(stage):
            after = step(stage, act)
            # Sending back ends a row that has had no link since the book came in.
            assert after.cuts_link or after.state in ("requested", "sent") or act is Act.SEND_BACK


@dataclass(frozen=True)
class At:
    """A request, its copy, its patron's tie, and whether a library has been asked."""

    state: str | None = "requested"
    copy: str | None = None
    tied: bool = True
    asked: bool = False

    def keeps_the_promises(self) -> bool:
        """A book that is here, or gone, is tied to nobody; none comes from a library that was not asked."""
        if self.state is None:
            return not self.tied and self.copy in (None, "available", "lost")
        if self.state == HERE:
            return not self.tied and self.copy is not None and self.asked
        return self.tied and self.asked == (self.state == "sent")


def moves(at: At, rules: Rule) -> Iterator[At]:
    """Wherever one act, or the copy's own way through the house, leads."""
    if at.state is None:
        return
    for act in Act:
        try:
            after = rules(stage_of(at.state, at.copy), act)
        except WrongStepError:
            continue
        yield At(
            after.state,
            "hold_shelf" if act is Act.RECEIVE else at.copy,
            at.tied and not after.cuts_link,
            {Act.SEND: True, Act.TAKE_BACK: False}.get(act, at.asked),
        )
    if at.state == HERE:
        for status in ("in_transit", "hold_shelf", "on_loan", "available", "lost"):
            yield replace(at, copy=status)


def reached(begin: At, rules: Rule) -> set[At]:
    """Every point that can be reached from one, by any path."""
    found, ahead = {begin}, [begin]
    while ahead:
        for at in moves(ahead.pop(), rules):
            if at not in found:
                found.add(at)
                ahead.append(at)
    return found


def keeps_the_tie(stage: Stage, act: Act) -> Step:
    """A broken twin: cuts the link only when the book goes back, as many systems do."""
    after = step(stage, act)
    return Step(after.state, after.state is None)


def sends_back_what_is_out(stage: Stage, act: Act) -> Step:
    """A broken twin: ends a request while somebody has the book at home."""
    return Step(None, True) if act is Act.SEND_BACK and stage is Stage.LENT else step(stage, act)


def takes_in_what_nobody_sent(stage: Stage, act: Act) -> Step:
    """A broken twin: a book arrives that no library was asked for."""
    return Step(HERE, True) if act is Act.RECEIVE and stage is Stage.REQUESTED else step(stage, act)


@pytest.mark.clause("MP-4.11")
def test_every_path_keeps_the_promises_and_can_end() -> None:
    """Not a sample: every point that can be reached."""
    points = reached(At(), step)

    assert len(points) > 8
    assert [at for at in points if not at.keeps_the_promises()] == []
    assert all(any(each.state is None for each in reached(at, step)) for at in points)


@pytest.mark.parametrize("twin", [keeps_the_tie, sends_back_what_is_out, takes_in_what_nobody_sent])
def test_a_broken_life_is_found_out(twin: Rule) -> None:
    assert [at for at in reached(At(), twin) if not at.keeps_the_promises()] != []


# citations and numbers


texts = st.text(max_size=40)


@given(title=texts.filter(str.strip), author=texts, year=texts, part=texts)
def test_a_citation_is_read_as_it_was_written(title: str, author: str, year: str, part: str) -> None:
    citation = Citation(title, author, year, part=part)

    assert Citation.from_text(citation.to_text()) == citation
    assert repr(citation) not in (title, author)


@pytest.mark.parametrize(
    ("fields", "at_fault"), [({"title": " "}, "title"), ({"title": "x", "author": "y" * 301}, "author")]
)
def test_a_citation_that_cannot_be_used_names_the_field(fields: dict[str, str], at_fault: str) -> None:
    with pytest.raises(CitationError) as problem:
        Citation(**fields)

    assert problem.value.field == at_fault
    assert "yyy" not in str(problem.value)


def test_a_citation_prints_as_nothing() -> None:
    assert "Lalka" not in repr(Citation("Lalka")) + str(Citation("Lalka"))


@given(st.integers(0, 2**40 - 1))
def test_a_number_is_eight_signs_and_leads_back(request_id: int) -> None:
    number = number_of(request_id)

    assert len(number) == 9
    assert id_of(number) == id_of(number.lower().replace("-", " ").replace("0", "o")) == request_id


@given(st.text(max_size=12))
def test_what_is_no_number_is_none(text: str) -> None:
    found = id_of(text)
    assert found is None or 0 <= found < 2**40
