"""Public computers from the command line: a key is printed once, and what cannot be is one sentence."""

from __future__ import annotations

from pathlib import Path

from cli_support import circumspect, is_one_plain_sentence, on_home


def test_a_seat_is_added_listed_given_a_new_key_and_revoked(empty: Path) -> None:
    assert circumspect("seat", "area", "adult", "--name", "Adult", "--home", empty).code == 0
    added = circumspect("seat", "add", "Main 01", "--area", "adult", "--json", "--home", empty).json
    assert added["key"].startswith("seat-")

    listed = circumspect("seat", "list", "--json", "--home", empty)
    assert [(row["name"], row["state"], row["has_key"]) for row in listed.json] == [
        ("Main 01", "locked", True)
    ]
    assert added["key"] not in listed.output
    renewed = circumspect("seat", "new-key", "Main 01", "--json", "--home", empty).json
    assert renewed["key"] != added["key"]
    assert circumspect("seat", "revoke", "Main 01", "--home", empty).code == 0
    assert "revoked" in circumspect("seat", "list", "--home", empty).output
    for words in (("add", "Main 01", "--area", "adult"), ("add", "X", "--area", "none"), ("revoke", "none")):
        assert is_one_plain_sentence(circumspect("seat", *words, "--home", empty))


def test_an_area_has_hours_of_its_own_until_they_are_taken_away(empty: Path) -> None:
    read = "from circumspect.records.computers.models import Area\nprint(Area.objects.get(code='teen').hours)"
    area = ("seat", "area", "teen", "--home", empty)

    done = circumspect(*area, "--hours", "mon-fri=14:00-20:00", "--hours", "sat=10-12, 13-16")
    assert "hours of its own" in done.output
    assert on_home(empty, read).output.strip() == str(
        [[["14:00", "20:00"]]] * 5 + [[["10:00", "12:00"], ["13:00", "16:00"]], []]
    )
    assert is_one_plain_sentence(circumspect(*area, "--hours", "whenever"))
    assert "open as the branch is" in circumspect(*area).output
    assert on_home(empty, read).output.strip() == "[]"
