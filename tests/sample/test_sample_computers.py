"""The sample library's computers stand at its own branches."""

from __future__ import annotations

from circumspect import sample


def test_every_area_is_at_a_branch_and_no_seat_is_named_twice():
    areas = sample.computer_areas()
    names = [name for area in areas for name in area.seats]

    assert {area.branch for area in areas} <= {branch.code for branch in sample.library().branches}
    assert len(names) == len(set(names)) >= 10
    assert all(5 <= area.session_minutes <= 480 for area in areas)
