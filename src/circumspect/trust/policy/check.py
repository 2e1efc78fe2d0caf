"""Check the policy against itself: clauses, rules, inventory, tables and tests.

Everything comes in as values and a report goes out; only ``clause_markers`` touches a file, to
read which clauses the tests say they prove. What counts as a fault:

- a clause said to be kept today that no test proves (one that only states a fact may go without);
- a clause said to be kept by a rule that no rule and no refusal names;
- a rule or a test naming a clause that is not in the register, or an id used twice;
- a column that is not in the inventory, or an entry with no column;
- a field of the door that the inventory does not have in that series, or has switched otherwise;
- a retention rule nothing ends by. (Entries without purpose or retention do not load at all.)

Warnings say what the library still has to fill in.

Source: ARCHITECTURE.md, "What proves it"; clauses MP-3.2, MP-4.1, TH-1.4, TH-1.5.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from circumspect.trust.policy.clauses import Clause, ClauseKind, Enforcer
from circumspect.trust.policy.inventory import Inventory, compare_with_tables
from circumspect.trust.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """What is known of one clause.

    Attributes:
        id: The clause.
        restatement: The promise.
        enforcer: What keeps it today.
        reason: Where, or what is to come.
        rules: Ids of the rules and refusals that name it.
        fields: How many inventory entries name it.
        tests: The tests that prove it, as "file.py::test_name".
    """

    id: str
    restatement: str
    enforcer: str
    reason: str
    rules: tuple[str, ...]
    fields: int
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The result of the check.

    Attributes:
        policy_hash: The policy that was checked.
        lines: One for each clause, in the register's order.
        faults: One sentence each. The check fails if there is any.
        warnings: One sentence each: what the library still has to fill in.
    """

    policy_hash: str
    lines: tuple[ClauseLine, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Say whether there was no fault."""
        return not self.faults

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values, ready for JSON."""
        return {**asdict(self), "passed": self.passed, "counts": self.counts()}

    def counts(self) -> dict[str, int]:
        """Return how many clauses each enforcer keeps."""
        return {str(kind): sum(line.enforcer == kind for line in self.lines) for kind in Enforcer}

    def as_text(self) -> str:
        """Return the report for reading: a block for each clause, then warnings and faults."""
        blocks = [_block(line) for line in self.lines]
        counted = ", ".join(f"{count} {kind}" for kind, count in self.counts().items() if count)
        ending = [
            *(f"warning: {warning}" for warning in self.warnings),
            *(f"FAULT: {fault}" for fault in self.faults),
            f"{len(self.lines)} clauses: {counted}",
            f"{len(self.faults)} faults, {len(self.warnings)} warnings",
        ]
        return "\n".join([*blocks, *ending]) + "\n"


def check(
    policy: Policy,
    inventory: Inventory,
    columns: Mapping[str, Sequence[str]],
    markers: Mapping[str, Sequence[str]],
) -> Report:
    """Return the report on one policy, one inventory, the tables and the tests.

    Args:
        policy: The policy in force.
        inventory: Every entry of every record.
        columns: The columns of each model, as {"app.Model": ["column", ...]}.
        markers: The tests that prove each clause, as ``clause_markers`` gives them.
    """
    naming = _rules_naming(policy)
    lines = tuple(_line(clause, naming, inventory, markers) for clause in policy.clauses.clauses.values())
    faults = [
        *_clause_faults(policy, lines),
        *_id_faults(policy),
        *(
            f"a test names {name}, which is not a clause"
            for name in markers
            if name not in policy.clauses.clauses
        ),
        *_table_faults(inventory, columns),
        *_door_faults(policy, inventory),
        *_schedule_faults(policy, inventory),
    ]
    warnings = [
        f"the schedule's entry '{series}' has no number of an approved schedule"
        for series in policy.schedule.missing_references()
    ]
    return Report(policy.hash, lines, tuple(faults), tuple(warnings))


def clause_markers(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return, for each clause named by a test's marker, the tests that prove it.

    Reads ``@pytest.mark.clause("MP-3.2", ...)`` on functions and classes, and the same in a
    module's ``pytestmark``, without running anything.

    Args:
        folder: The folder of tests; files are given relative to it.

    Raises:
        OSError: A file cannot be read.
        SyntaxError: A file is not Python.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        place = file.relative_to(folder).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for test, clauses in _marked(tree.body, _module_clauses(tree), ""):
            for clause in dict.fromkeys(clauses):
                found.setdefault(clause, []).append(f"{place}::{test}")
    return {clause: tuple(tests) for clause, tests in sorted(found.items())}


def _marked(
    body: Sequence[ast.stmt], inherited: tuple[str, ...], prefix: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each test function with the clauses it and what encloses it are marked with."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = _of_decorators(node.decorator_list)
            yield from _marked(node.body, inherited + own, f"{prefix}{node.name}::")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            yield prefix + node.name, inherited + _of_decorators(node.decorator_list)


def _module_clauses(tree: ast.Module) -> tuple[str, ...]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            marks = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value]
            return _of_decorators(marks)
    return ()


def _of_decorators(nodes: Sequence[ast.expr]) -> tuple[str, ...]:
    return tuple(
        argument.value
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "clause"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def _rules_naming(policy: Policy) -> dict[str, list[str]]:
    naming: dict[str, list[str]] = {}
    spoken = [(rule.id, rule.clauses) for rule in policy.rules.values()]
    spoken += [(refusal.id, refusal.clauses) for refusal in policy.refusals]
    for name, clauses in spoken:
        for clause in clauses:
            naming.setdefault(clause, []).append(name)
    return naming


def _line(
    clause: Clause,
    naming: Mapping[str, Sequence[str]],
    inventory: Inventory,
    markers: Mapping[str, Sequence[str]],
) -> ClauseLine:
    return ClauseLine(
        id=clause.id,
        restatement=clause.restatement,
        enforcer=clause.enforcer,
        reason=clause.reason,
        rules=tuple(naming.get(clause.id, ())),
        fields=sum(clause.id in entry.reference for entry in inventory.entries),
        tests=tuple(markers.get(clause.id, ())),
    )


def _clause_faults(policy: Policy, lines: Sequence[ClauseLine]) -> Iterator[str]:
    for line in lines:
        states_a_fact = policy.clauses.clauses[line.id].kind is ClauseKind.INFORM
        if line.enforcer != Enforcer.NOT_YET and not line.tests and not states_a_fact:
            yield f"{line.id} is said to be kept by {line.enforcer}, and no test proves it"
        if line.enforcer == Enforcer.RULE and not line.rules:
            yield f"{line.id} is said to be kept by a rule, and no rule names it"


def _id_faults(policy: Policy) -> Iterator[str]:
    for refusal in policy.refusals:
        if refusal.id in policy.rules:
            yield f"the id {refusal.id} is a rule's and a refusal's"


def _table_faults(inventory: Inventory, columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    mismatch = compare_with_tables(inventory, columns)
    yield from (f"the column {place} is not in the inventory" for place in mismatch.not_in_inventory)
    yield from (f"the inventory has {place}, and no table has" for place in mismatch.not_in_tables)


def _door_faults(policy: Policy, inventory: Inventory) -> Iterator[str]:
    for series, known in policy.fields.series.items():
        entries = {entry.field: entry for entry in inventory.of_series(series)}
        for name in known.fields:
            entry = entries.get(name)
            if entry is None:
                yield f"the field {name} can be asked for in {series}, and the inventory has none"
            elif entry.on_by_default is (name in known.optional):
                yield f"the field {name} of {series} is on in one of door and inventory, off in the other"


def _schedule_faults(policy: Policy, inventory: Inventory) -> Iterator[str]:
    used = {entry.retention for entry in inventory.entries}
    yield from (
        f"the schedule's entry '{name}' ends nothing" for name in policy.schedule.items if name not in used
    )


def _block(line: ClauseLine) -> str:
    details = [
        f"{line.id}  [{line.enforcer}]  {line.restatement}",
        f"    {line.reason}",
        *([f"    rules: {', '.join(line.rules)}"] if line.rules else []),
        *(f"    test:  {test}" for test in line.tests),
    ]
    return "\n".join(details)
