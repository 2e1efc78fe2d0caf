"""Try to work out what was hidden, from every table ever released.

The attacker knows what any reader may: which cells add up to which, that a cell is a whole number and not less
than nothing, how numbers are rounded, from which count on they are shown. Each hidden small count is asked of an
integer programme: the least it can be, and the most. Where fewer numbers than ``smallest`` fit in between, it
counts as worked out. A programme that is not solved in time counts as a success of the attacker's.

The solver is HiGHS, by ``scipy.optimize.milp``; it is loaded when it is needed, by the process that makes a
release, and not by the one that serves.

Source: guarantee 12.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from circumspect.offices.statistics.protecting import Rule
from circumspect.offices.statistics.tables import Line, Region, Shape

_SECONDS = 20.0
Published = Mapping[Region, int | None]


@dataclass(frozen=True, slots=True)
class Release:
    """One table as it was published.

    Attributes:
        rule: The rule of its day.
    """

    shape: Shape
    shown: Published
    rule: Rule


def bounds(releases: Iterable[Release], targets: Collection[Region]) -> dict[Region, tuple[int, int]]:
    """The least and the most that each target can be; (0, 0) where the solver gave up, which counts as found out.

    Args:
        targets: Hidden regions.
    """
    ranges, lines = _known(releases)
    found: dict[Region, tuple[int, int]] = {}
    by_measure: dict[str, list[Region]] = defaultdict(list)
    for target in targets:
        by_measure[dict(target)["measure"]].append(target)
    for measure, wanted in by_measure.items():
        own = [line for line in lines if dict(line.total)["measure"] == measure]
        found |= _solve(ranges, own, wanted)
    return found


def worked_out(
    releases: Iterable[Release], small: Mapping[Region, int], rule: Rule
) -> dict[Region, tuple[int, int]]:
    """The hidden small counts that the attacker works out, with what each can be.

    Args:
        small: Regions whose count is small, with that count.
    """
    known = bounds(releases, small)
    return {
        region: (least, most) for region, (least, most) in known.items() if most - least + 1 < rule.smallest
    }


def _known(releases: Iterable[Release]) -> tuple[dict[Region, tuple[int, int | None]], list[Line]]:
    """What each region can be by itself, and every line. A region in two tables is known by both."""
    ranges: dict[Region, tuple[int, int | None]] = {}
    lines: dict[Line, None] = {}
    for release in releases:
        for region, number in release.shown.items():
            least, most = (0, None) if number is None else release.rule.range_of(number)
            before = ranges.get(region, (0, None))
            ranges[region] = (
                max(least, before[0]),
                most if before[1] is None else before[1] if most is None else min(most, before[1]),
            )
        lines |= dict.fromkeys(release.shape.lines())
    return ranges, list(lines)


def _solve(
    ranges: Mapping[Region, tuple[int, int | None]], lines: list[Line], targets: list[Region]
) -> dict[Region, tuple[int, int]]:
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    regions = list(dict.fromkeys(region for line in lines for region in (line.total, *line.parts)))
    place = {region: at for at, region in enumerate(regions)}
    entries = [
        (row, place[region], value)
        for row, line in enumerate(lines)
        for region, value in ((line.total, 1.0), *((part, -1.0) for part in line.parts))
    ]
    rows, columns, values = zip(*entries, strict=True)
    matrix = coo_array((values, (rows, columns)), shape=(len(lines), len(regions))).tocsr()
    balanced = LinearConstraint(matrix, 0, 0)
    within = Bounds(
        np.array([ranges[region][0] for region in regions], dtype=float),
        np.array(
            [np.inf if (most := ranges[region][1]) is None else most for region in regions], dtype=float
        ),
    )
    whole = np.ones(len(regions))
    # A reader who cannot tell a table from a hundred times as much knows nothing: beyond this it does not matter.
    unbounded = 10**9

    def extreme(target: Region, sign: int) -> int | None:
        aim = np.zeros(len(regions))
        aim[place[target]] = sign
        solved = milp(
            aim, constraints=balanced, bounds=within, integrality=whole, options={"time_limit": _SECONDS}
        )
        if solved.status == 3:
            return unbounded
        return None if solved.status != 0 else round(sign * solved.fun)

    found = {}
    for target in targets:
        least, most = extreme(target, 1), extreme(target, -1)
        found[target] = (0, 0) if least is None or most is None else (least, most)
    return found
