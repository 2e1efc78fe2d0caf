"""The doctor finds what was spoiled, says it in words, and finds nothing wrong where nothing is."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_support import Done, circumspect, on_home


def _examined(home: Path) -> tuple[Done, set[tuple[str, str]]]:
    done = circumspect("doctor", "--home", home, "--json")
    return done, {(each["grade"], each["about"]) for each in done.json["findings"]}


def _config(home: Path, old: str, new: str) -> None:
    path = home / "config.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_sample_library_is_weak_in_places_and_wrong_in_none(made_sample: Path) -> None:
    done, found = _examined(made_sample)

    assert done.code == 0
    assert "wrong" not in {grade for grade, _ in found}
    assert ("weak", "key folder") in found
    assert ("note", "sample") in found


def test_a_real_library_with_its_keys_inside_is_wrong(made_empty: Path) -> None:
    done, found = _examined(made_empty)

    assert done.code == 1
    assert ("wrong", "key folder") in found


SPOILED: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "open key folder": (lambda home: (home / "keys").chmod(0o755), ("wrong", "modes")),
    "open key file": (lambda home: (home / "keys" / "kek-0001.key").chmod(0o640), ("wrong", "keys")),
    "lost key": (lambda home: (home / "keys" / "kek-0001.key").unlink(), ("wrong", "keys")),
    "lost signing key": (lambda home: (home / "keys" / "ledger.ed25519").unlink(), ("wrong", "ledger")),
    "another signing key": (
        lambda home: (home / "keys" / "ledger.ed25519").write_bytes(b"\x07" * 32),
        ("wrong", "ledger"),
    ),
    "institution": (
        lambda home: _config(home, 'institution = "1234"', 'institution = "12a"'),
        ("wrong", "library"),
    ),
    "block limit": (
        lambda home: _config(home, "owes_cents = 1000", "owes_cents = -5"),
        ("wrong", "library"),
    ),
    "plain http to others": (
        lambda home: _config(home, '"localhost"]', '"library.example.org"]'),
        ("wrong", "web"),
    ),
    "any host": (lambda home: _config(home, '"localhost"]', '"*"]'), ("wrong", "web")),
    "no lock": (lambda home: _config(home, "idle_seconds = 180", "idle_seconds = 86400"), ("wrong", "web")),
    "unknown field": (
        lambda home: _config(home, "on = []", 'on = ["shoe_size"]'),
        ("wrong", "settings"),
    ),
    "other rules": (lambda home: _config(home, "on = []", 'on = ["sex"]'), ("wrong", "policy")),
    "unknown section": (lambda home: _config(home, "[web]", "[wbe]\nx = 1\n[web]"), ("weak", "settings")),
    "unknown name": (
        lambda home: _config(home, "overdue_items = 10", "overdue_itmes = 10"),
        ("weak", "settings"),
    ),
    "failed drill": (
        lambda home: (home / "drills.jsonl").write_text('{"kept": false, "at": "2026-11-01T10:00:00Z"}\n'),
        ("wrong", "drill"),
    ),
    "old drill": (
        lambda home: (home / "drills.jsonl").write_text('{"kept": true, "at": "2025-01-01T10:00:00Z"}\n'),
        ("weak", "drill"),
    ),
    "password alone": (
        lambda home: _config(home, "sample = true", "sample = false"),
        ("wrong", "staff"),
    ),
}


@pytest.mark.parametrize("case", SPOILED, ids=list(SPOILED))
def test_what_was_spoiled_is_found(sample: Path, case: str) -> None:
    spoil, finding = SPOILED[case]
    assert finding not in _examined(sample)[1]
    spoil(sample)

    done, found = _examined(sample)

    assert finding in found
    assert done.code == (1 if finding[0] == "wrong" else 0)
    assert "Traceback" not in done.errors


def test_an_epoch_that_is_over_and_not_destroyed_is_found(sample: Path) -> None:
    age = (
        "import datetime as dt\nfrom circumspect.trust.vault.models import EpochKey\n"
        "EpochKey.objects.update(begins_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 1, 28), dies_on=dt.date(2025, 7, 1))"
    )
    assert on_home(sample, age).code == 0

    assert ("wrong", "keys") in _examined(sample)[1]


def test_staff_who_have_not_signed_are_named(sample: Path) -> None:
    assert circumspect("staff", "add", "new.clerk", "--role", "desk", "--home", sample).code == 0

    findings = circumspect("doctor", "--home", sample, "--json").json["findings"]

    assert any(each["about"] == "staff" and "new.clerk" in each["text"] for each in findings)


@pytest.mark.parametrize(
    ("url", "is_wrong"),
    [
        ("postgresql://u:p@db.example.org/records", True),
        ("postgresql://u:p@db.example.org/records?sslmode=prefer", True),
        ("postgresql://u:p@db.example.org/records?sslmode=verify-full", False),
        ("postgresql://u@/records?host=/run/postgresql", False),
        ("postgresql://u:p@127.0.0.1/records", False),
    ],
)
def test_a_database_over_the_network_without_tls_is_wrong(tmp_path: Path, url: str, is_wrong: bool) -> None:
    from circumspect.faces.cli import doctor
    from circumspect.home import Home

    home = Home(tmp_path, {"database": {"keys": url}})

    assert bool(list(doctor._tls(home, "keys"))) is is_wrong


# settings


def test_a_real_library_without_a_backup_key_or_a_drill_is_told(made_empty: Path, made_sample: Path) -> None:
    found = _examined(made_empty)[1]
    assert {("weak", "backup"), ("weak", "drill")} <= found
    assert not {"backup", "drill"} & {about for _, about in _examined(made_sample)[1]}


def _findings(check: str, config: dict[str, Any]) -> list[str]:
    from circumspect.faces.cli import doctor
    from circumspect.home import Home

    return [each.text for each in vars(doctor)[check](Home(Path("/nowhere"), config))]


@pytest.mark.clause("TH-1.6")
def test_a_library_that_names_nobody_to_ask_for_public_records_or_asks_too_much_is_told() -> None:
    from circumspect.home import HomeError

    assert _findings("_public_records", {"public_records": {"officer": "M. Okoye, FOIA officer"}}) == []
    [told] = _findings("_public_records", {})
    assert "officer is not set" in told
    with pytest.raises(HomeError, match="cents_a_page"):
        _findings("_public_records", {"public_records": {"cents_a_page": 25}})


def test_a_key_and_a_fresh_drill_are_nothing_to_tell_of(tmp_path: Path) -> None:
    import datetime as dt

    from circumspect.faces.cli import doctor
    from circumspect.home import Home

    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (tmp_path / "drills.jsonl").write_text(
        f'{{"kept": false, "at": "{now}"}}\n{{"kept": true, "at": "{now}"}}\n'
    )
    home = Home(tmp_path, {"backup": {"age": ["age1xyz"]}})

    assert not [*doctor._backups(home), *doctor._drill(home)]


def test_databases_of_ones_own_are_not_asked_to_be_drilled() -> None:
    assert not _findings("_drill", {"database": {"records": "postgresql://u@/records"}})


@pytest.mark.parametrize(
    ("on", "https", "networks", "warns"),
    [
        (True, True, ["127.0.0.1", "::1"], True),
        (True, True, ["10.0.5.17", "127.0.0.0/8"], True),
        (True, True, ["0.0.0.0/0"], True),
        (True, True, ["10.0.5.17"], False),
        (True, True, None, True),
        (True, False, ["127.0.0.1"], False),
        (False, True, ["127.0.0.1"], False),
    ],
)
def test_a_page_at_the_door_behind_a_proxy_is_warned_of(
    on: bool, https: bool, networks: list[str] | None, warns: bool
) -> None:
    join = {"on": on} | ({"networks": networks} if networks else {})
    assert bool(_findings("_join", {"join": join, "web": {"https": https}})) is warns


@pytest.mark.parametrize(
    ("config", "warns"),
    [
        ({"web": {"https": True}}, True),
        ({"web": {"https": True, "proxy_header": "X-Forwarded-For"}}, False),
        ({"web": {"https": True}, "visits": {"proxy_header": "X-Real-IP"}}, False),
        ({"web": {"https": False}}, False),
    ],
)
def test_a_proxy_that_does_not_say_whose_a_request_is_is_warned_of(
    config: dict[str, dict[str, object]], warns: bool
) -> None:
    assert any("proxy_header" in each for each in _findings("_web", config)) is warns


def test_what_the_template_says_is_known_and_a_mistyped_name_is_told() -> None:
    import tomllib

    from circumspect.home import CONFIG_TEMPLATE

    text = CONFIG_TEMPLATE.format(
        name="x", institution="1234", sample="true", second_factor="optional", foia_officer=""
    )
    config = tomllib.loads(text)
    config |= {"categories": {"guest": {}}, "media_types": {"game": "000"}, "ill": {"most": 3}}
    assert not _findings("_settings", config)
    assert _findings("_settings", {"join": {"on": True, "netwroks": []}}) == [
        "nothing here reads netwroks in [join]"
    ]
    assert _findings("_settings", {"join": True}) == ["join is no section"]


SOURCE = Path(__file__).resolve().parents[3] / "src" / "circumspect"


def _read_in_the_source() -> set[tuple[str, str]]:
    """Every section and name that the source reads of config.toml; "" for a name that is not written out."""
    found: set[tuple[str, str]] = set()
    for path in SOURCE.rglob("*.py"):
        if "seat" in path.relative_to(SOURCE).parts:
            continue  # the client's own seat.toml
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

        def text_of(node: ast.expr, constants: dict[str, Any] = constants) -> str:
            value = constants.get(node.id) if isinstance(node, ast.Name) else getattr(node, "value", None)
            return value if isinstance(value, str) else ""

        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            func = call.func
            if isinstance(func, ast.Attribute) and func.attr == "setting" and len(call.args) >= 2:
                found.add((text_of(call.args[0]), text_of(call.args[1])))
            elif isinstance(func, ast.Name) and func.id == "setting" and len(call.args) >= 2:
                found.add(("circulation", text_of(call.args[1])))
            elif (
                isinstance(func, ast.Attribute)
                and func.attr == "get"
                and isinstance(func.value, ast.Name | ast.Attribute)
                and (func.value.attr if isinstance(func.value, ast.Attribute) else func.value.id) == "config"
            ):
                found.add((text_of(call.args[0]), ""))
    return {each for each in found if each[0]}


def test_the_doctor_knows_and_the_papers_tell_of_every_setting_that_the_source_reads() -> None:
    from dataclasses import fields

    from circumspect.home import CONFIG_TEMPLATE, known_settings
    from circumspect.offices.notices.kinds import NoticeSettings

    known, read = known_settings(), _read_in_the_source()
    told = (SOURCE.parents[1] / "docs" / "server.md").read_text()
    assert {"circulation", "join", "notices", "computers", "backup", "holds", "ill"} <= {
        each for each, _ in read
    }
    for section, name in sorted(read):
        assert section in known, section
        assert f"[{section}]" in CONFIG_TEMPLATE or f"`[{section}" in told, section
        names = known[section]
        assert not name or names is None or name in names, (section, name)
        if (
            name and names is not None and section not in ("notices", "computers")
        ):  # they have pages of their own
            assert f"\n{name} = " in CONFIG_TEMPLATE or f"`{name}`" in told, (section, name)
    assert known["notices"] == {each.name for each in fields(NoticeSettings)} - {"mail"} | {"email", "sms"}
