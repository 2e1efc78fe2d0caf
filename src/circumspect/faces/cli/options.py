"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from circumspect.home import HOME_VARIABLE

_Command = TypeVar("_Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, dir_okay=False)
PATH = click.Path(path_type=Path, exists=True)

as_json_option = click.option("--json", "as_json", is_flag=True, help="Answer for a machine.")
_home = click.option(
    "--home",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=HOME_VARIABLE,
    help=f"The library's home folder (or {HOME_VARIABLE}).",
)


def on_home(command: _Command) -> _Command:
    """The command works on a library's home: it takes ``root``, a path or None."""
    return _home(command)
