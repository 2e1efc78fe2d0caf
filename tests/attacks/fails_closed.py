"""Guarantee 4, long form: does the door's policy ever allow what it should not?

    python -m tests.attacks.fails_closed --full

asks every question of the finite matrix (more than a million) of the engine and of an independent
table, then every combination of flags of each question that was allowed, then breaks questions one
part at a time. It fails on one difference or one allow gained. Without ``--full`` it asks a part.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

# The table and the matrix live beside the policy's own tests, which find them by their folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trust" / "policy"))

from broken_questions import gained_by_engine, gained_by_policy, unknown_words
from differences import Count, agrees
from question_matrix import EVERYTHING_ON, Flags, all_flags, core, draw, likely, one_step_away, with_flags
from twins import BlindEngine

from circumspect.trust.policy.engine import Engine
from circumspect.trust.policy.policy import SCHEMA, Policy
from circumspect.trust.policy.request import Request
from circumspect.trust.policy.rules import rules_text

# The short form in test_fails_closed takes its tools from here, once the path above is set.
__all__ = [
    "BlindEngine",
    "Flags",
    "gained_by_engine",
    "gained_by_policy",
    "likely",
    "unknown_words",
    "with_flags",
]

PARTS = 64
PART_OF_A_SHORT_RUN = 2


def engine_of(policy: Policy) -> Engine:
    """The engine a policy decides with, made of the same texts."""
    bundle = policy.bundle()
    rules = {name: text for name, text in bundle.items() if name.startswith("rules/")}
    return Engine(rules_text(rules), bundle[SCHEMA])


def core_and_flags(policy: Policy, part: int) -> Iterator[Request]:
    """One part of the core, and each allowed question again with every combination of flags."""
    flags = all_flags()
    for request in core(part, PARTS):
        yield request
        if policy.decide(request).allowed:
            yield from (with_flags(request, flag) for flag in flags)


def ask_part(task: tuple[int, frozenset[str]]) -> Count:
    """Compare engine and table over one part."""
    part, fields_on = task
    policy = Policy.load(fields_on)
    count = Count()
    for request in core_and_flags(policy, part):
        decision = policy.decide(request)
        count.asked += 1
        count.allowed += decision.allowed
        if not agrees(decision, request, fields_on):
            count.different.append(request)
    return count


def compare_everything(parts: int, processes: int) -> Count:
    """Compare over the matrix with optional fields off, and over random draws with them on."""
    total = Count()
    started = time.monotonic()
    with Pool(processes) as pool:
        for done, count in enumerate(
            pool.imap_unordered(ask_part, [(part, frozenset()) for part in range(parts)]), 1
        ):
            total.add(count)
            progress = f"part {done}/{parts}: {total.asked} decisions, {len(total.different)} differences"
            print(f"\r{progress}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    switched_on = Policy.load(EVERYTHING_ON)
    for request in (*draw(4, 400 * parts), *likely(5, 500 * parts), *one_step_away()):
        decision = switched_on.decide(request)
        total.asked += 1
        total.allowed += decision.allowed
        if not agrees(decision, request, EVERYTHING_ON):
            total.different.append(request)
    print(
        f"engine against table: {total.asked} decisions, {total.allowed} allowed, "
        f"{len(total.different)} differences, {time.monotonic() - started:.0f} s"
    )
    return total


def break_everything(questions: int) -> int:
    """Break each of many questions in every part; return how many allows that gained."""
    policy = Policy.load()
    known = [request for request in likely(6, questions * 2) if request.series in policy.fields.series]
    requests = list(islice(known, questions))
    asked, gained = gained_by_engine(engine_of(policy), policy, requests)
    print(f"parts removed, added or retyped, put to the engine: {asked} questions, {gained} allowed")
    asked_too, gained_too = gained_by_policy(policy, requests[: questions // 4])
    print(f"parts removed or retyped, put to the policy: {asked_too} questions, {gained_too} allowed")
    return gained + gained_too


def main() -> int:
    """Run the attack; 0 if it found nothing."""
    parser = argparse.ArgumentParser(description="Does the policy ever allow what it should not?")
    parser.add_argument("--full", action="store_true", help="every question of the matrix")
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    parts = PARTS if chosen.full else PART_OF_A_SHORT_RUN
    total = compare_everything(parts, chosen.processes)
    gained = break_everything(2000 if chosen.full else 100)
    enough = not chosen.full or total.asked >= 1_000_000
    found = len(total.different) + gained
    print("nothing found" if not found and enough else f"FOUND {found}; decisions asked: {total.asked}")
    return 0 if not found and enough else 1


if __name__ == "__main__":
    sys.exit(main())
