"""Import files: which reader, which loader, and the report of what came of it.

A row that cannot be taken is refused alone: the others are kept, and the report says line, field and
reason, never what stood there. A second import of the same files finds everything unchanged; one that
was cut short goes on behind its last finished batch.

Source: the founding issue, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from circumspect.faces.cli.console import Tell, progress, say, say_json
from circumspect.faces.cli.homes import the_house
from circumspect.faces.cli.making import put_loan_rules
from circumspect.faces.cli.problems import FOUND_WRONG, OK, CommandError
from circumspect.faces.cli.sampling import IMPORTER
from circumspect.home import Home
from circumspect.offices.importing.catalogloader import CodeRules, load_titles_and_items
from circumspect.offices.importing.csvrows import read_items_csv, read_patrons_csv
from circumspect.offices.importing.koha import files_of, read_koha_catalog, read_koha_patrons
from circumspect.offices.importing.mapping import Mapping, MappingError
from circumspect.offices.importing.marc import read_marc
from circumspect.offices.importing.patronloader import HouseRegistrar, load_patrons
from circumspect.offices.importing.report import COUNTS, Report
from circumspect.offices.importing.rero import read_rero_catalog, read_rero_patrons, read_rero_rules
from circumspect.offices.importing.rows import LoanRuleRow
from circumspect.offices.importing.runs import Run, digest_of
from circumspect.offices.importing.validation import KnownCodes
from circumspect.records.catalog.usecases import known_codes
from circumspect.records.circulation.rules import LoanTerms
from circumspect.records.patrons.categories import categories

_SHOWN_PROBLEMS = 20
_Parts = Callable[["Source"], Iterator[Report]]


class Source:
    """What is imported, into which home, and how."""

    def __init__(
        self,
        home: Home,
        paths: Sequence[Path],
        mapping: Mapping,
        branch: str,
        category: str,
        *,
        dry_run: bool,
    ) -> None:
        self.home = home
        self.paths = list(paths)
        self.mapping = mapping
        self.branch = branch
        self.category = category
        self.dry_run = dry_run

    def catalog(self, rows: Iterable[Any], run: Run | None) -> Report:
        """Load titles and items."""
        codes = CodeRules(self.branch, "book", may_add=True)
        with progress("Titles and items") as tell:
            return load_titles_and_items(
                rows, codes, dry_run=self.dry_run, progress=_counted(tell), checkpoint=run
            )

    def patrons(self, rows: Iterable[Any], run: Run | None) -> Report:
        """Load patrons, through the door."""
        house = the_house()
        known = KnownCodes(
            frozenset(categories(self.home.config)),
            known_codes()["branch"],
            self.mapping.categories,
            self.mapping.branches,
            self.category,
            self.branch,
            self.mapping.date_formats,
        )
        with progress("Patrons") as tell:
            return load_patrons(
                HouseRegistrar(house, IMPORTER),
                rows,
                known,
                today=house.today(),
                dry_run=self.dry_run,
                progress=_counted(tell),
                checkpoint=run,
            )

    def run(self, kind: str, files: Sequence[Path]) -> Run | None:
        """Where this import goes on, if it was begun before. A dry run leaves no trace."""
        return None if self.dry_run else Run.begin(kind, digest_of(kind, files, self._told()))

    def _told(self) -> str:
        return f"{self.mapping.digest_text}\0{self.branch}\0{self.category}"


def _counted(tell: Tell) -> Callable[[int], None]:
    return lambda done: tell(done, None)


def _marc(source: Source) -> Iterator[Report]:
    files = [each for path in source.paths for each in _files(path, (".mrc", ".marc", ".xml", ".marcxml"))]
    yield source.catalog(chain.from_iterable(read_marc(path) for path in files), source.run("marc", files))


def _items(source: Source) -> Iterator[Report]:
    for path in source.paths:
        yield source.catalog(read_items_csv(path, source.mapping), source.run("items", [path]))


def _patrons(source: Source) -> Iterator[Report]:
    for path in source.paths:
        yield source.patrons(read_patrons_csv(path, source.mapping), source.run("patrons", [path]))


def _koha(source: Source) -> Iterator[Report]:
    files = files_of(source.paths, ".sql")
    yield source.catalog(read_koha_catalog(files, source.mapping), source.run("koha catalog", files))
    rows = read_koha_patrons(files, source.mapping, today=the_house().today())
    yield source.patrons(rows, source.run("koha patrons", files))


def _rero(source: Source) -> Iterator[Report]:
    for folder in source.paths:
        if not folder.is_dir():
            raise CommandError(
                "import rero takes the folder that holds users.json, items.json and the others"
            )
        files = sorted(folder.glob("*.json"))
        yield source.catalog(read_rero_catalog(folder, source.mapping), source.run("rero catalog", files))
        yield source.patrons(read_rero_patrons(folder, source.mapping), source.run("rero patrons", files))
        yield _rero_rules(source, folder)


def _rero_rules(source: Source, folder: Path) -> Report:
    report = Report("loan rules", dry_run=source.dry_run)
    rules: dict[tuple[str, str, str], LoanTerms] = {}
    for entry in read_rero_rules(folder, source.mapping):
        if not isinstance(entry, LoanRuleRow):
            report.note(entry)
            continue
        report.read += 1
        key = tuple("" if code == "*" else code for code in (entry.category, entry.item_type, entry.branch))
        category, item_type, branch = key
        lent = entry.days > 0
        terms = LoanTerms(
            category,
            item_type,
            branch,
            max(entry.days, 1),
            entry.renewals,
            50,
            lendable=lent,
            hold_allowed=entry.may_hold,
        )
        report.count("loan rules", **{"unchanged" if (category, item_type, branch) in rules else "added": 1})
        rules.setdefault((category, item_type, branch), terms)
    if not source.dry_run:
        put_loan_rules(rules)
    return report


KINDS: dict[str, _Parts] = {"marc": _marc, "patrons": _patrons, "items": _items, "koha": _koha, "rero": _rero}


def run_import(
    home: Home,
    kind: str,
    paths: Sequence[Path],
    *,
    dry_run: bool,
    report_to: Path | None,
    mapping_file: Path | None,
    branch: str,
    category: str,
    as_json: bool,
) -> int:
    """Import, print what came of it, and give the exit code: FOUND_WRONG where rows were refused.

    Raises:
        CommandError: The mapping cannot be used, or the branch or category is not known.
        Refused, DoorClosed: The door stays shut; what was done before stays done.
    """
    try:
        mapping = Mapping.load(mapping_file) if mapping_file else Mapping()
    except MappingError as problem:
        raise CommandError(str(problem)) from problem
    _refuse_unknown(home, branch, category)
    source = Source(home, paths, mapping, branch, category, dry_run=dry_run)
    reports = []
    for report in KINDS[kind](source):
        reports.append(report)
        if not as_json:
            _say_report(report)
    if as_json:
        say_json([report.as_dict() for report in reports])
    if report_to:
        _write(reports, report_to, quiet=as_json)
    return FOUND_WRONG if any(report.refused for report in reports) else OK


def _refuse_unknown(home: Home, branch: str, category: str) -> None:
    branches = known_codes()["branch"]
    if branch not in branches:
        raise CommandError("--branch is not a branch of this library: " + ", ".join(sorted(branches)))
    known = categories(home.config)
    if category and category not in known:
        raise CommandError("--category is not a category of this library: " + ", ".join(known))


def _files(path: Path, endings: tuple[str, ...]) -> list[Path]:
    return (
        sorted(each for each in path.iterdir() if each.suffix.lower() in endings) if path.is_dir() else [path]
    )


def _say_report(report: Report) -> None:
    would = " (dry run: nothing was written)" if report.dry_run else ""
    counted = ", ".join(f"{getattr(report, name):,} {name}" for name in COUNTS)
    say(f"{report.kind.capitalize()}: {report.read:,} read; {counted}{would}")
    if report.resumed_at:
        say(f"  went on at entry {report.resumed_at + 1:,}, where an earlier import was cut short")
    for dropped in report.dropped:
        place = f" of {dropped.source}" if dropped.source else ""
        say(f"  columns{place} that nothing here takes, dropped: {', '.join(dropped.names)}")
    for note in report.notes:
        say(f"  note: {note.text}")
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        place = f"{problem.source} " if problem.source else ""
        line = f"line {problem.line}" if problem.line else "the file"
        say(f"  refused: {place}{line}, {problem.field}: {problem.reason}")
    if len(report.problems) > _SHOWN_PROBLEMS:
        say(f"  ... and {len(report.problems) - _SHOWN_PROBLEMS:,} more; --report FILE keeps them all")


def _write(reports: Sequence[Report], path: Path, *, quiet: bool) -> None:
    """One file for each report: the name given, or where there are several, with a number and kind in it."""
    for number, report in enumerate(reports, start=1):
        name = f"{path.stem}-{number}-{report.kind.replace(' ', '-')}{path.suffix}"
        target = path if len(reports) == 1 else path.with_name(name)
        report.write(target)
        if not quiet:
            say(f"Report: {target}")
