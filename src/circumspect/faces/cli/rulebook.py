"""The policy from the command line: check it against itself, and show one clause.

Those two need no library home: rules, inventory and tables are those of this program. Publishing a
version is the library's own act, in its home.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from django.apps import apps

import circumspect
from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import FOUND_WRONG, OK, CommandError
from circumspect.home import Home
from circumspect.offices.staff import signoff
from circumspect.records.series import inventory
from circumspect.trust.door.house import utc_now
from circumspect.trust.policy.check import Report, check, clause_markers
from circumspect.trust.policy.policy import Policy
from circumspect.visits import tables as annex

# Django's own tables hold no column of ours: sessions carry a staff number and a time, and end with the day.
_FOREIGN = frozenset({"contenttypes", "auth", "sessions", "staticfiles"})


def check_all(tests: Path | None, *, as_json: bool) -> int:
    """Print what enforces each clause and which tests prove it; the exit code.

    Args:
        tests: The folder of the tests; None looks for the one beside the sources.

    Raises:
        CommandError: There is no such folder.
    """
    report = _report(tests or _own_tests())
    if as_json:
        say_json(report.as_json())
    else:
        say(report.as_text().rstrip("\n"))
    return OK if report.passed else FOUND_WRONG


def show_clause(name: str, tests: Path | None, *, as_json: bool) -> None:
    """Print one clause: the promise, who is bound, what keeps it, what proves it.

    Raises:
        CommandError: There is no such clause.
    """
    policy = Policy.load()
    clause = policy.clauses.clauses.get(name.upper())
    if clause is None:
        raise CommandError("there is no such clause; ids look like MP-3.2 or TH-1.19")
    line = next(line for line in _report(tests or _own_tests(required=False)).lines if line.id == clause.id)
    document = policy.clauses.documents[clause.document]
    if as_json:
        say_json(
            {**asdict(line), "document": document.title, "section": clause.section, "kind": str(clause.kind)}
        )
        return
    say(f"{clause.id}  {document.library}: {document.title}, {clause.section}")
    say(f"  promise   {clause.restatement}")
    say(f"  binds     {clause.who_acts} ({clause.kind})")
    say(f"  kept by   {line.enforcer}: {line.reason}")
    say(f"  rules     {', '.join(line.rules) or 'none'}")
    for number, test in enumerate(line.tests or ("none yet",)):
        say(f"  {'proof' if number == 0 else '     '}     {test}")


def _report(tests: Path | None) -> Report:
    return check(Policy.load(), inventory(), _columns(), clause_markers(tests) if tests else {})


def _columns() -> dict[str, list[str]]:
    house = {
        model._meta.label: [field.column for field in model._meta.concrete_fields if field.column]
        for model in apps.get_models()
        if model._meta.app_label not in _FOREIGN
    }
    return house | annex.columns()  # the annex has no models: its tables are a list of its own


def _own_tests(*, required: bool = True) -> Path | None:
    folder = Path(circumspect.__file__).resolve().parents[2] / "tests"
    if folder.is_dir():
        return folder
    if required:
        raise CommandError("the tests are not beside this program: name their folder with --tests")
    return None


def publish(home: Home, number: str, text: Path, *, signatures_stand: bool) -> None:
    """Put a new version in force at once, under the rules this program decides by.

    Raises:
        CommandError: The number is taken, or the text is empty or not UTF-8.
    """
    try:
        version = signoff.publish(
            number,
            Policy.load(home.fields_on).hash,
            text.read_text(encoding="utf-8"),
            requires_signature=not signatures_stand,
            in_force_from=utc_now(),
        )
    except UnicodeDecodeError as problem:
        raise CommandError(f"{text} is not UTF-8 text") from problem
    except signoff.SignOffError as problem:
        raise CommandError(str(problem)) from problem
    ask = "earlier signatures stand" if signatures_stand else "every member of staff is asked to sign it"
    say(f"Version {version.number} is in force; {ask}.")
