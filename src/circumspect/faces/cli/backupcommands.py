"""What can be typed about backups: make them, restore them, prove by a drill that forgotten stays forgotten."""

from __future__ import annotations

from pathlib import Path

import click

from circumspect.faces.cli import homes
from circumspect.faces.cli.commands import circumspect
from circumspect.faces.cli.options import FILE, PATH, as_json_option, on_home

_LIST = "A newer list of erasures (erasures.list) than the archives hold; may be given again."


@circumspect.command()
@click.argument("folder", metavar="DEST", type=click.Path(path_type=Path, file_okay=False))
@on_home
@click.option("--records", "kind", flag_value="records", help="Only the records and the ledger.")
@click.option("--keys", "kind", flag_value="keys", help="Only the keys.")
@as_json_option
def backup(folder: Path, root: Path | None, kind: str | None, as_json: bool) -> None:
    """Back up into DEST: records and keys in two archives, to be kept in two places."""
    home = homes.start(root)
    from circumspect.faces.cli import archives

    kinds = (kind,) if kind else (archives.RECORDS, archives.KEYS)
    archives.back_up(home, folder, kinds, as_json=as_json)


@circumspect.command("backup-key")
@click.argument("file", type=FILE)
def backup_key(file: Path) -> None:
    """Make an age key for backups in FILE, and print its public half."""
    from circumspect.faces.cli import restoring

    restoring.make_identity(file)


@circumspect.command()
@click.argument("folder", metavar="HOME", type=click.Path(path_type=Path, file_okay=False))
@click.option("--records", required=True, type=PATH, help="The archive of the records.")
@click.option("--keys", required=True, type=PATH, help="The archive of the keys.")
@click.option("--erasures", "lists", multiple=True, type=PATH, help=_LIST)
@click.option("--identity", type=PATH, help="The file with the age key that opens the archives.")
@click.option("--past-its-day", is_flag=True, help="Restore keys that should have been destroyed by now.")
def restore(
    folder: Path,
    records: Path,
    keys: Path,
    lists: tuple[Path, ...],
    identity: Path | None,
    past_its_day: bool,
) -> None:
    """Make a new HOME of two archives, and prove that they belong together."""
    from circumspect.faces.cli import restoring

    restoring.restore(folder, records, keys, past_its_day=past_its_day, lists=lists, identity=identity)


@circumspect.command()
@click.argument("lists", nargs=-1, type=PATH)
@click.option("--none-newer", is_flag=True, help="There is no newer list than the backups hold.")
@on_home
def replay(root: Path | None, lists: tuple[Path, ...], none_newer: bool) -> None:
    """Carry out the newest LISTS of erasures upon a restored home, and open it."""
    from circumspect.faces.cli import restoring

    restoring.replay(homes.named(root), lists, none_newer=none_newer)


@circumspect.command()
@on_home
@as_json_option
def drill(root: Path | None, as_json: bool) -> None:
    """On copies: back up, forget somebody, restore the old backups in every order, and look for them."""
    home = homes.start(root)
    from circumspect.faces.cli import drilling

    raise click.exceptions.Exit(drilling.drill(home, as_json=as_json))
