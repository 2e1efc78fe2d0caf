"""``circumspect init``: build a new home, whole or not at all, and say how to go on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from circumspect import sample as samples
from circumspect.faces.cli import building, homes
from circumspect.faces.cli.console import say, say_json
from circumspect.home import Home


def found(
    folder: Path,
    sample: bool,
    name: str,
    institution: str,
    language: str,
    administrator: str,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Make the home, and print the first sign-in.

    Args:
        config: A config.toml to begin with, such as one that names PostgreSQL; None for the usual one.

    Raises:
        CommandError, HomeError: It cannot be made; nothing is left of it.
    """
    library = samples.library() if sample else None
    name = name or (library.name if library else "The library")
    institution = institution or (library.institution if library else "1234")
    building.refuse_bad_names(name, institution)
    told: dict[str, object] = {"home": str(folder.resolve()), "sample": sample}
    with building.new_home(folder) as place:
        home = Home.create(place, name=name, institution=institution, sample=sample)
        building.set_languages(home.root, language)
        home = building.use_config(home.root, config) if config else Home.open(home.root)
        homes.start_django(home)
        with homes.closed_afterwards():
            told |= _fill_or_clear(home, administrator)
    if as_json:
        say_json(told)
    else:
        _say(folder, told)


def _fill_or_clear(home: Home, administrator: str) -> dict[str, object]:
    """Fill the home. Keys that were to lie elsewhere do not stay there when it fails."""
    try:
        return _fill(home, administrator)
    except BaseException:
        if not home.keys.is_relative_to(home.root):
            for path in home.keys.iterdir():
                path.unlink()
        raise


def _fill(home: Home, administrator: str) -> dict[str, object]:
    # Only now: these hold models, which stand on a started Django.
    from circumspect.faces.cli import making, sampling, sitemaking

    making.migrate()
    making.make_keys(home)
    told: dict[str, object]
    if home.is_sample:
        with tempfile.TemporaryDirectory(dir=home.root.parent) as scratch:
            told = dict(sampling.fill(home, Path(scratch)))
    else:
        first = making.make_empty_library(home, administrator)
        sitemaking.publish_first_policy(homes.the_house())
        told = {"username": first.username, "one_time_password": first.one_time_password}
    # Signed at once: from its first day on, a ledger knows its own key from another.
    homes.the_house().ledger.checkpoint()
    return told


def _say(folder: Path, told: dict[str, object]) -> None:
    if told["sample"]:
        say(
            f"A sample library with {told['patrons']} patrons, {told['items']} items and {told['loans']} loans: {folder}"
        )
    else:
        say(f"A new, empty library: {folder}")
        say(f"First administrator: {told['username']}")
        say(f"One-time password:   {told['one_time_password']}")
        say("The password is shown this once. At the first sign-in it must be replaced.")
    say(f"Next: circumspect serve --home {folder}")
