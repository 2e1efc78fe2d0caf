"""Loan rules brought over from another system, and what circulation does by itself, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from cli_support import circumspect, on_home

LIBRARIES = [{"pid": "1", "code": "HOG", "name": "Hogwarts"}]
POLICIES = [
    {"pid": "1", "is_default": True, "checkout_duration": 30, "number_renewals": 3, "allow_requests": True},
    {
        "pid": "3",
        "is_default": False,
        "checkout_duration": 14,
        "number_renewals": 0,
        "allow_requests": False,
        "libraries": [{"$ref": "https://rero.example/api/libraries/1"}],
        "settings": [
            {
                "patron_type": {"$ref": "https://rero.example/api/patron_types/1"},
                "item_type": {"$ref": "https://rero.example/api/item_types/1"},
            }
        ],
    },
]
FILES = {
    "libraries": LIBRARIES,
    "item_types": [{"pid": "1", "name": "DVD", "type": "standard"}],
    "patron_types": [{"pid": "1", "name": "Enfants"}],
    "documents": [],
    "items": [],
    "users": [],
    "circulation_policies": POLICIES,
}
SHOW = (
    "from circumspect.records.circulation.models import LoanRule\n"
    "for r in LoanRule.objects.order_by('period'):\n"
    "    print(r.category or '-', r.item_type or '-', r.branch or '-', r.period_kind, r.period, r.renewals,"
    " r.hold_allowed, r.fine_cents)\n"
)


def test_another_systems_rules_become_ours_and_leave_our_fines_alone(empty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rero"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    fines = (
        "from circumspect.records.circulation.models import LoanRule\nLoanRule.objects.update(fine_cents=10)"
    )
    assert on_home(empty, fines).code == 0

    done = circumspect("import", "rero", folder, "--home", empty, "--json")

    assert done.errors == ""
    lines = on_home(empty, SHOW).output.splitlines()
    assert (
        lines[-1] == "- - - days 30 3 True 10"
    )  # the rule for everything: its period is theirs, its fine ours
    assert lines[0].split()[2:] == ["HOG", "days", "14", "0", "False", "0"]
    assert len(lines) == 2


def test_a_round_by_hand_says_what_it_did_and_nothing_of_whom(empty: Path) -> None:
    """On a library where nothing is late there is nothing to do, twice."""
    for _ in range(2):
        done = circumspect("circulation", "run", "--home", empty, "--json")
        assert done.code == 0
        assert done.json == {"given_up": 0, "billed_cents": 0, "claims_ended": 0, "settled": 0, "renewed": 0}

    assert circumspect("circulation", "run", "--home", empty).output.splitlines() == [
        "Given up as lost: 0, billed $0.00",
        "Claims ended: 0",
        "Lost items settled: 0",
        "Loans renewed: 0",
    ]
