"""What can be typed about witnesses, on both sides: a library's, and the witness's own."""

from __future__ import annotations

from pathlib import Path

import click

from circumspect.faces.cli import homes
from circumspect.faces.cli.commands import circumspect, ledger
from circumspect.faces.cli.console import say
from circumspect.faces.cli.options import FILE, PATH, as_json_option, on_home
from circumspect.faces.cli.problems import CommandError

_FOLDER = click.Path(path_type=Path, file_okay=False)


@ledger.command("witness")
@click.argument("key", required=False)
@click.option("--url", default="", help="Where the witness answers; without it, go by files.")
@on_home
@as_json_option
def ledger_witness(root: Path | None, key: str | None, url: str, as_json: bool) -> None:
    """Choose the witness with this public KEY; without one, list those chosen."""
    home = homes.start(root)
    from circumspect.faces.cli import witnessing

    if key is None:
        witnessing.show_witnesses(home, as_json=as_json)
    else:
        witnessing.choose(home, key, url)


@ledger.command("request")
@click.argument("name")
@click.option("--out", type=FILE, help="Write it to a file.")
@click.option("--since", type=click.IntRange(min=0), help="How many entries the witness says it has seen.")
@on_home
def ledger_request(root: Path | None, name: str, out: Path | None, since: int | None) -> None:
    """Write what witness NAME is to sign, to be carried by hand."""
    home = homes.start(root)
    from circumspect.faces.cli import witnessing

    witnessing.request(home, name, since, out)


@ledger.command("cosigned")
@click.argument("name")
@click.argument("answer", type=PATH)
@on_home
def ledger_cosigned(root: Path | None, name: str, answer: Path) -> None:
    """Keep what witness NAME signed, from the file ANSWER."""
    home = homes.start(root)
    from circumspect.faces.cli import witnessing

    witnessing.keep_cosigned(home, name, answer)


@circumspect.group()
def witness() -> None:
    """Vouch for another library's ledger. Needs no home, and sees nothing but sizes and hashes."""


@witness.command("init")
@click.argument("folder", type=_FOLDER)
@click.option("--name", required=True, help="Its public name, such as witness.village.example.")
def witness_init(folder: Path, name: str) -> None:
    """Make a witness in FOLDER, with a key of its own."""
    from circumspect.trust.ledger.witness import Witness

    say(f"Give this public key to the libraries you look after:\n{Witness.create(folder, name).vkey}")


@witness.command("trust")
@click.argument("folder", type=_FOLDER)
@click.argument("key")
def witness_trust(folder: Path, key: str) -> None:
    """Look after the ledger with this public KEY."""
    from circumspect.trust.ledger.witness import Witness

    say(f"Looking after {Witness(folder).trust(key).name}.")


@witness.command("status")
@click.argument("folder", type=_FOLDER)
def witness_status(folder: Path) -> None:
    """Say how far each ledger has been signed."""
    from circumspect.trust.ledger.witness import Witness

    one = Witness(folder)
    say(one.vkey)
    for head in one.heads().values():
        say(f"{head.origin}  {head.size} entries")


@witness.command("sign")
@click.argument("folder", type=_FOLDER)
@click.argument("request", type=PATH)
@click.option("--out", type=FILE, help="Write the answer to a file.")
def witness_sign(folder: Path, request: Path, out: Path | None) -> None:
    """Sign a REQUEST that was carried here by hand."""
    from circumspect.trust.ledger.witness import Witness

    answer = Witness(folder).add_checkpoint(request.read_text("utf-8"))
    if answer.status == 409 and answer.text.strip().isdecimal():
        raise CommandError(
            f"this witness has seen {answer.text.strip()} entries: ask the library for a request with"
            f" --since {answer.text.strip()}"
        )
    if answer.status != 200:
        raise CommandError(f"not signed: {answer.text.strip()}")
    if out is None:
        say(answer.text.rstrip("\n"))
    else:
        out.write_text(answer.text, encoding="utf-8")
        say(f"Signed: {out}.")


@witness.command("serve")
@click.argument("folder", type=_FOLDER)
@click.option("--http", default="127.0.0.1:8019", show_default=True, help="HOST:PORT to answer on.")
def witness_serve(folder: Path, http: str) -> None:
    """Answer over HTTP until stopped. What travels is public; put TLS before it all the same."""
    from circumspect.trust.ledger import witnessline
    from circumspect.trust.ledger.witness import Witness

    host, _, port = http.rpartition(":")
    if not host or not port.isdecimal():
        raise CommandError("--http is HOST:PORT, such as 127.0.0.1:8019")
    one = Witness(folder)
    server = witnessline.server(one, host.strip("[]"), int(port))
    say(f"{one.name} answers at http://{http}/. Stop with Ctrl-C.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        server.server_close()
