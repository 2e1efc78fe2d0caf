"""What can be typed: every command with its options. The work is done in the modules they import.

Those modules hold models, which stand on a started Django, which stands on a home: hence they are
imported inside the commands, after ``start``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click

from circumspect.faces.cli import homes
from circumspect.faces.cli.options import FILE as _FILE
from circumspect.faces.cli.options import PATH as _PATH
from circumspect.faces.cli.options import as_json_option as _json
from circumspect.faces.cli.options import on_home as _on_home
from circumspect.home import HOME_VARIABLE, Home

HELP = f"""Circumspect: a library's circulation and patron records, kept in confidence.

A library lives in one folder, its home: name it with --home HOME or in {HOME_VARIABLE}.

\b
Exit codes:
  0    done, and nothing was found wrong
  1    done, and something was found: a check failed, or rows were refused
  2    not done: wrong usage, or the home cannot be used
  130  interrupted; what was finished before is kept
"""


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="circumspect")
def circumspect() -> None:
    """The one command, of which the others are part."""


@circumspect.command()
@click.argument("folder", metavar="HOME", type=click.Path(path_type=Path, file_okay=False))
@click.option("--sample", is_flag=True, help="Fill it with the sample library, whose people are invented.")
@click.option("--name", default="", help="The library's name.")
@click.option("--institution", default="", help="Four digits: digits 2 to 5 of the library's barcodes.")
@click.option("--language", type=click.Choice(["en", "es", "pl"]), default="en", show_default=True)
@click.option(
    "--administrator", default="director", show_default=True, help="Username of the first administrator."
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A config.toml to begin with.",
)
@_json
def init(
    folder: Path,
    sample: bool,
    name: str,
    institution: str,
    language: str,
    administrator: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """Make a new library HOME. Without --sample it is empty, and the first password is printed once."""
    from circumspect.faces.cli import founding

    founding.found(folder, sample, name, institution, language, administrator, config, as_json=as_json)


@circumspect.command()
@_on_home
@click.option("--http", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
@click.option(
    "--insecure-ok", is_flag=True, help="Serve plain HTTP to other machines. For a test on a closed network."
)
@click.option("--sip2", default="", metavar="HOST:PORT", help="Also serve machines that speak SIP2.")
@click.option(
    "--sip2-open", is_flag=True, help="Plain SIP2 to other machines. For a network of machines alone."
)
@click.option("--sip2-tls", default="", metavar="HOST:PORT", help="SIP2 over TLS.")
@click.option("--tls-cert", default="", metavar="FILE", help="Certificate of --sip2-tls, in PEM.")
@click.option("--tls-key", default="", metavar="FILE", help="Its key, in PEM.")
@click.option(
    "--client-ca", default="", metavar="FILE", help="Machines must show a certificate of this authority."
)
def serve(
    root: Path | None,
    http: str,
    insecure_ok: bool,
    sip2: str,
    sip2_open: bool,
    sip2_tls: str,
    tls_cert: str,
    tls_key: str,
    client_ca: str,
) -> None:
    """Serve the desk, and machines beside it, until stopped with Ctrl-C."""
    home = homes.start(root)
    from circumspect.faces.cli import machines, serving

    asked = machines.Asked(sip2, sip2_tls, tls_cert, tls_key, client_ca, sip2_open)
    serving.serve(home, http, insecure_ok=insecure_ok, asked=asked)


@circumspect.command("import")
@click.argument("kind", type=click.Choice(["marc", "patrons", "items", "koha", "rero"]))
@click.argument("paths", nargs=-1, required=True, type=_PATH)
@_on_home
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option(
    "--report",
    "report_to",
    type=_FILE,
    help="Write every refused row's line, field and reason (.csv or .json).",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Names of columns and codes.",
)
@click.option("--branch", default="main", show_default=True, help="Branch of rows that name none.")
@click.option(
    "--category", default="", help="Category of patrons that name none; without it they are refused."
)
@_json
def import_(
    kind: str,
    paths: tuple[Path, ...],
    root: Path | None,
    dry_run: bool,
    report_to: Path | None,
    mapping_file: Path | None,
    branch: str,
    category: str,
    as_json: bool,
) -> None:
    """Import records from files. Good rows are kept, bad ones reported; safe to run twice."""
    home = homes.start(root)
    from circumspect.faces.cli import importing

    code = importing.run_import(
        home,
        kind,
        paths,
        dry_run=dry_run,
        report_to=report_to,
        mapping_file=mapping_file,
        branch=branch,
        category=category,
        as_json=as_json,
    )
    raise click.exceptions.Exit(code)


@circumspect.command()
@_on_home
@_json
def doctor(root: Path | None, as_json: bool) -> None:
    """Say in plain words what is misconfigured, weak or overdue."""
    home = homes.start(root)
    from circumspect.faces.cli import doctor as doctors

    raise click.exceptions.Exit(doctors.report(home, as_json=as_json))


@circumspect.command()
@_on_home
@click.option("--dry-run", is_flag=True, help="Say what is past its rule, and let go of nothing.")
@_json
def forget(root: Path | None, dry_run: bool, as_json: bool) -> None:
    """Let go of what has outlived its rule, now. A server does the same once a day."""
    homes.start(root)
    from circumspect.faces.cli import forgetting

    raise click.exceptions.Exit(forgetting.run(homes.the_house(), dry_run=dry_run, as_json=as_json))


@circumspect.command()
@_on_home
@click.option("--pdf", type=_FILE, help="Write it as a page for the board.")
@_json
def attest(root: Path | None, pdf: Path | None, as_json: bool) -> None:
    """Say of every promise whether it is kept now. Exit code 1 where one is not."""
    homes.start(root)
    from circumspect.faces.cli import attesting

    raise click.exceptions.Exit(attesting.attest(homes.the_house(), pdf, as_json=as_json))


@circumspect.group()
def staff() -> None:
    """Staff accounts."""


@staff.command("add")
@click.argument("username")
@_on_home
@click.option(
    "--role", "roles", multiple=True, required=True, help="Such as desk; give it again for another."
)
@click.option("--name", default="", help="What colleagues see; the username where not given.")
@click.option("--branch", default="main", show_default=True)
@_json
def staff_add(
    username: str, root: Path | None, roles: tuple[str, ...], name: str, branch: str, as_json: bool
) -> None:
    """Make an account. Its password is printed once."""
    homes.start(root)
    from circumspect.faces.cli import staffing

    staffing.add(username, name, roles, branch, as_json=as_json)


@staff.command("list")
@_on_home
@_json
def staff_list(root: Path | None, as_json: bool) -> None:
    """List the accounts, and what each still lacks."""
    homes.start(root)
    from circumspect.faces.cli import staffing

    staffing.show(as_json=as_json)


@staff.command("disable")
@click.argument("username")
@_on_home
def staff_disable(username: str, root: Path | None) -> None:
    """Close an account. Its open session ends at once."""
    homes.start(root)
    from circumspect.faces.cli import staffing
    from circumspect.offices.staff import accounts

    staffing.change(username, accounts.disable, "closed; an open session has ended")


@staff.command("enable")
@click.argument("username")
@_on_home
@_json
def staff_enable(username: str, root: Path | None, as_json: bool) -> None:
    """Open a closed account again, with a new password that is printed once."""
    homes.start(root)
    from circumspect.faces.cli import staffing

    staffing.enable(username, as_json=as_json)


@staff.command("reset-password")
@click.argument("username")
@_on_home
@_json
def staff_reset_password(username: str, root: Path | None, as_json: bool) -> None:
    """Replace a forgotten password by one that is printed once."""
    homes.start(root)
    from circumspect.faces.cli import staffing

    staffing.reset_password(username, as_json=as_json)


@staff.command("reset-second-factors")
@click.argument("username")
@_on_home
def staff_reset_second_factors(username: str, root: Path | None) -> None:
    """Remove a lost telephone: authenticator app, passkeys and recovery codes."""
    homes.start(root)
    from circumspect.faces.cli import staffing
    from circumspect.offices.staff import accounts

    staffing.change(
        username,
        accounts.reset_second_factors,
        "has no second factor now, and sets one up at the next sign-in",
    )


@circumspect.group()
def terminal() -> None:
    """Machines that speak SIP2: self-checks, kiosks, sorters, vendors."""


@terminal.command("add")
@click.argument("name")
@_on_home
@click.option(
    "--profile",
    required=True,
    help="self-check, pc-reservation, e-content, payment-kiosk, book-drop or sorter.",
)
@click.option("--branch", default="main", show_default=True)
@click.option(
    "--institution", default="", help="What it is told as AO; the library's number where not given."
)
@click.option("--network", "networks", multiple=True, help="Where it may come from, such as 10.1.0.0/16.")
@click.option("--by-network", is_flag=True, help="It need not log in when it comes from there.")
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The client certificate it shows, in PEM.",
)
@click.option("--allow", "more", multiple=True, help="A field or message more than the profile has.")
@click.option(
    "--leave-out", "fewer", multiple=True, help="A field or message of the profile it is not to have."
)
@click.option(
    "--with-pin/--without-pin",
    "pin_required",
    default=None,
    help="Card and PIN, or the card alone, which is told less. Only a self-check may, and does, go by the card alone.",
)
@click.option("--no-block", is_flag=True, help="Take what it booked while the line was down.")
@click.option("--encoding", type=click.Choice(["cp850", "utf-8"]), default="cp850", show_default=True)
@click.option(
    "--error-detection",
    type=click.Choice(["follow", "always", "never"]),
    default="follow",
    show_default=True,
    help="Sequence numbers and checksums.",
)
@click.option("--terminator", type=click.Choice(["cr", "crlf", "lf"]), default="cr", show_default=True)
@click.option(
    "--name-instead", default="Patron", show_default=True, help="What stands where the name is not told."
)
@click.option("--idle-seconds", default=600, show_default=True)
@_json
def terminal_add(
    name: str,
    root: Path | None,
    profile: str,
    branch: str,
    certificate: Path | None,
    pin_required: bool | None,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Make a machine's account. Its password is printed once."""
    homes.start(root)
    from circumspect.faces.cli import machines
    from circumspect.offices.terminals.accounts import Choices

    choices = Choices(pin_required=pin_required, **chosen)
    machines.add(homes.the_house(), name, profile, branch, choices, certificate, as_json=as_json)


@terminal.command("list")
@_on_home
@_json
def terminal_list(root: Path | None, as_json: bool) -> None:
    """List the machines in service."""
    homes.start(root)
    from circumspect.faces.cli import machines

    machines.show(as_json=as_json)


@terminal.command("revoke")
@click.argument("name")
@_on_home
def terminal_revoke(name: str, root: Path | None) -> None:
    """Take a machine out of service. Its connections end within seconds."""
    homes.start(root)
    from circumspect.faces.cli import machines

    machines.revoke(name)


@terminal.command("test")
@click.argument("name")
@_on_home
@click.option("--to", default="", metavar="HOST:PORT", help="Over a socket; you are asked for its password.")
@click.option("--card", "with_card", is_flag=True, help="Ask for a card and PIN, and use them.")
def terminal_test(name: str, root: Path | None, to: str, with_card: bool) -> None:
    """Walk a conversation as that machine, and print it with what is personal masked."""
    homes.start(root)
    from circumspect.faces.cli import machines

    machines.walk(homes.the_house(), name, to, with_card=with_card)


@circumspect.group()
def seat() -> None:
    """Public computers."""


@seat.command("area")
@click.argument("code")
@_on_home
@click.option("--name", default="", help="What patrons read; the code where not given.")
@click.option("--branch", default="main", show_default=True)
@click.option("--minutes", default=60, show_default=True, help="The longest session.")
@click.option(
    "--hours",
    "hours",
    multiple=True,
    metavar="DAYS=HOURS",
    help='Such as mon-fri="9:00-12:00, 13:00-20:00"; may be given more than once. None: as the branch.',
)
def seat_area(
    code: str, root: Path | None, name: str, branch: str, minutes: int, hours: tuple[str, ...]
) -> None:
    """Make an area of computers that share a queue, or change one."""
    homes.start(root)
    from circumspect.faces.cli import seating

    seating.put_area(code, name, branch, minutes, hours)


@seat.command("add")
@click.argument("name")
@_on_home
@click.option("--area", required=True, help="The area's code.")
@_json
def seat_add(name: str, root: Path | None, area: str, as_json: bool) -> None:
    """Make a seat. Its key is printed once."""
    homes.start(root)
    from circumspect.faces.cli import seating

    seating.add(name, area, as_json=as_json)


@seat.command("list")
@_on_home
@_json
def seat_list(root: Path | None, as_json: bool) -> None:
    """List the seats: their state, and when each was last wiped."""
    homes.start(root)
    from circumspect.faces.cli import seating

    seating.show(as_json=as_json)


@seat.command("new-key")
@click.argument("name")
@_on_home
@_json
def seat_new_key(name: str, root: Path | None, as_json: bool) -> None:
    """Replace a seat's key by one that is printed once."""
    homes.start(root)
    from circumspect.faces.cli import seating

    seating.renew_key(name, as_json=as_json)


@seat.command("revoke")
@click.argument("name")
@_on_home
def seat_revoke(name: str, root: Path | None) -> None:
    """Take a seat's key away: its screen locks."""
    homes.start(root)
    from circumspect.faces.cli import seating

    seating.revoke(name)


@circumspect.group()
def policy() -> None:
    """The clauses, and what keeps them."""


_tests = click.option(
    "--tests", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of the tests."
)


@policy.command("check")
@_tests
@_json
def policy_check(tests: Path | None, as_json: bool) -> None:
    """Check that every clause has an enforcer and a proof. Exit code 1 where one has not."""
    homes.start_without_home()
    from circumspect.faces.cli import rulebook

    raise click.exceptions.Exit(rulebook.check_all(tests, as_json=as_json))


@policy.command("show")
@click.argument("clause")
@_tests
@_json
def policy_show(clause: str, tests: Path | None, as_json: bool) -> None:
    """Show one clause, such as MP-3.2."""
    homes.start_without_home()
    from circumspect.faces.cli import rulebook

    rulebook.show_clause(clause, tests, as_json=as_json)


@policy.command("publish")
@click.argument("number")
@click.argument("text", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_on_home
@click.option("--signatures-stand", is_flag=True, help="What staff signed before still counts.")
def policy_publish(number: str, text: Path, root: Path | None, signatures_stand: bool) -> None:
    """Put a new policy version in force now: its NUMBER, and a file with the TEXT that staff sign."""
    home: Home = homes.start(root)
    from circumspect.faces.cli import rulebook

    rulebook.publish(home, number, text, signatures_stand=signatures_stand)


@circumspect.group()
def ledger() -> None:
    """Who opened what: signed, and open to checking."""


@ledger.command("verify")
@_on_home
@click.option(
    "--checkpoint", "checkpoints", multiple=True, type=_PATH, help="One kept elsewhere; may be given again."
)
@click.option("--key", "keys", multiple=True, help="A public key; without it, the one in the key folder.")
@_json
def ledger_verify(
    root: Path | None, checkpoints: tuple[Path, ...], keys: tuple[str, ...], as_json: bool
) -> None:
    """Hold the ledger against its signed checkpoints. Exit code 1 where it was changed."""
    home = homes.start(root)
    from circumspect.faces.cli import witnessing

    raise click.exceptions.Exit(witnessing.verify(home, checkpoints, keys, as_json=as_json))


@ledger.command("checkpoint")
@_on_home
@click.option("--out", type=_FILE, help="Write it to a file, to be kept elsewhere.")
@_json
def ledger_checkpoint(root: Path | None, out: Path | None, as_json: bool) -> None:
    """Sign all entries so far, and print the signed checkpoint."""
    home = homes.start(root)
    from circumspect.faces.cli import witnessing

    witnessing.sign(home, out, as_json=as_json)


@ledger.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@_on_home
def ledger_export(folder: Path, root: Path | None) -> None:
    """Write leaves, checkpoints and public key to FOLDER, for the standalone verifier."""
    home = homes.start(root)
    from circumspect.faces.cli import witnessing

    witnessing.export(home, folder)


@circumspect.group()
def circulation() -> None:
    """Loans: what happens to them by itself."""


@circulation.command("run")
@_on_home
@_json
def circulation_run(root: Path | None, as_json: bool) -> None:
    """Give up and bill what is long overdue, end old claims, let settled losses go, renew what is due.

    The server does this once a day; run again it does nothing twice.
    """
    homes.start(root)
    from circumspect.faces.cli import circulating

    circulating.run(homes.the_house(), as_json=as_json)


@circumspect.group()
def keys() -> None:
    """The keys, and changing them."""


@keys.command("status")
@_on_home
@_json
def keys_status(root: Path | None, as_json: bool) -> None:
    """Say which keys there are, what each wraps, and which epochs live until when."""
    home = homes.start(root)
    from circumspect.faces.cli import keyrounds

    keyrounds.show_status(home, as_json=as_json)


@keys.command("rotate")
@_on_home
@click.option(
    "--index", is_flag=True, help="Change the keys of the indexes instead of the key-encryption key."
)
def keys_rotate(root: Path | None, index: bool) -> None:
    """Change a key for a new one, with the server stopped. Interrupted, it goes on at the next call."""
    home = homes.start(root)
    from circumspect.faces.cli import keyrounds

    (keyrounds.rotate_index_keys if index else keyrounds.rotate_key_encryption_key)(home)


@circumspect.group()
def statistics() -> None:
    """Tables of counts, with nobody in them."""


@statistics.command("borrowers")
@_on_home
@_json
def statistics_borrowers(root: Path | None, as_json: bool) -> None:
    """Count today's cards in force by category. The server does it once a month."""
    homes.start(root)
    from circumspect.faces.cli import statisticians

    statisticians.count_borrowers(homes.the_house(), as_json=as_json)


@statistics.command("release")
@_on_home
@click.option(
    "--year", type=int, help="The calendar year in which it begins; the last that is over, if not given."
)
@click.option("--dry-run", is_flag=True, help="Make, protect and attack, and publish nothing.")
@_json
def statistics_release(root: Path | None, year: int | None, dry_run: bool, as_json: bool) -> None:
    """Make the tables of a year, hide what is small, try to work it out, and publish what holds.

    A table of a year is published once. Exit code 1 where one had to be withheld.
    """
    home = homes.start(root)
    from circumspect.faces.cli import statisticians

    raise click.exceptions.Exit(
        statisticians.release(home, homes.the_house(), year, dry_run=dry_run, as_json=as_json)
    )


@circumspect.group()
def visits() -> None:
    """The website's visits, counted apart from everything else."""


@visits.command("serve")
@_on_home
def visits_serve(root: Path | None) -> None:
    """Count visits until stopped: for a service of its own. ``serve`` starts the same by itself."""
    home = Home.open(homes.named(root))
    from circumspect.faces.cli import annexing

    annexing.serve(home)


@visits.command("import")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=_PATH)
@_on_home
@click.option("--below", default="/", show_default=True, help="Count only what is below this path.")
@click.option(
    "--leave-out", multiple=True, metavar="PATH", help="Do not count what is below it; may be repeated."
)
@_json
def visits_import(
    logs: tuple[Path, ...], root: Path | None, below: str, leave_out: tuple[str, ...], as_json: bool
) -> None:
    """Take past figures out of access logs, in the order in which they were written. Keeps sums alone."""
    home = Home.open(homes.named(root))
    from circumspect.faces.cli import annexing

    raise click.exceptions.Exit(
        annexing.take_in(home, logs, below=below, leave_out=leave_out, as_json=as_json)
    )


@circumspect.group()
def notices() -> None:
    """Notices: due, overdue, ready, running out, owed."""


@notices.command("run")
@_on_home
@_json
def notices_run(root: Path | None, as_json: bool) -> None:
    """Plan and send what is due now. A server does the same every few minutes."""
    home = homes.start(root)
    from circumspect.faces.cli import noticing

    noticing.run(home, as_json=as_json)


@notices.command("status")
@_on_home
@_json
def notices_status(root: Path | None, as_json: bool) -> None:
    """Say how many notices wait, went or failed."""
    homes.start(root)
    from circumspect.faces.cli import noticing

    noticing.status(as_json=as_json)


@notices.command("preview")
@click.argument(
    "kind",
    type=click.Choice(
        ["almost_due", "overdue", "bill", "hold_ready", "hold_cancelled", "card_expiring", "balance"]
    ),
)
@_on_home
@click.option("--language", type=click.Choice(["en", "es", "pl"]), default="en", show_default=True)
@click.option("--titles", is_flag=True, help="As somebody sees it who chose to have titles named.")
@_json
def notices_preview(kind: str, root: Path | None, language: str, titles: bool, as_json: bool) -> None:
    """Show a notice as it would go by each way, about an invented person."""
    home = homes.start(root)
    from circumspect.faces.cli import noticing

    noticing.show(home, kind, language, titles=titles, as_json=as_json)


@notices.command("bounce")
@click.argument("message", type=click.File("rb"), default="-")
@_on_home
def notices_bounce(message: BinaryIO, root: Path | None) -> None:
    """Take a MESSAGE that came back: a file, or standard input where a mail server pipes it."""
    home = homes.start(root)
    from circumspect.faces.cli import noticing

    noticing.bounce(home, message)
