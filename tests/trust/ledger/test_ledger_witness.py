"""A witness signs what only grew, and nothing else."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_world import make_body, make_mark, make_signer

from circumspect.trust.ledger import witnessline
from circumspect.trust.ledger.checkpoint import PublicKey, Signer, open_checkpoint
from circumspect.trust.ledger.errors import NotCoveredError, NoteError
from circumspect.trust.ledger.witness import Witness, WitnessError, make_request

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    made = Witness.create(tmp_path / "witness", "clerk.village.example")
    made.trust(make_signer().vkey)
    return made


@pytest.fixture
def address(witness):
    """The witness's server, running."""
    server = witnessline.server(witness, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def key_of(witness: Witness) -> PublicKey:
    return PublicKey.parse(witness.vkey)


def grow(ledger, count: int) -> str:
    """So many entries more, signed; the note."""
    for _ in range(count):
        ledger.append(make_body(), [make_mark()])
    return ledger.checkpoint().note


@pytest.mark.attack(6)
def test_a_growing_ledger_is_cosigned_over_the_line_and_the_signature_kept(ledger, witness, address):
    for size in (3, 7, 8):
        note = grow(ledger, size - ledger.size())
        assert witnessline.ask(ledger, key_of(witness), address) == size

        kept = ledger.latest_checkpoint().note
        assert kept.startswith(note)
        assert open_checkpoint(kept, ledger.signer.public_key, [key_of(witness)]).cosigned_at.keys() == {
            witness.name
        }
    assert witness.heads()[ledger.signer.origin].size == 8


def test_it_goes_by_files_carried_by_hand_too(ledger, witness):
    grow(ledger, 5)

    answer = witness.add_checkpoint(ledger.witness_request(0))

    assert answer.status == 200
    assert ledger.keep_cosignature(answer.text, key_of(witness)) == 5
    assert ledger.keep_cosignature(answer.text, key_of(witness)) == 5
    assert ledger.latest_checkpoint().note.count("clerk.village.example") == 1


def test_an_answer_lost_on_its_way_is_asked_for_again(ledger, witness, address):
    grow(ledger, 4)
    witness.add_checkpoint(ledger.witness_request(0))
    grow(ledger, 2)

    assert ledger.cosigned_size(key_of(witness)) == 0
    assert witnessline.ask(ledger, key_of(witness), address) == 6


@pytest.mark.attack(6)
def test_a_rewritten_history_is_not_signed_though_our_own_key_signed_it(ledger, witness):
    grow(ledger, 6)
    assert witness.add_checkpoint(ledger.witness_request(0)).status == 200
    other_root = bytes(32)

    longer = make_signer().sign(9, other_root)
    assert witness.add_checkpoint(make_request(6, [], longer)).status == 422
    assert witness.add_checkpoint(make_request(6, [bytes(32)] * 4, longer)).status == 422
    same = make_signer().sign(6, other_root)
    fork = witness.add_checkpoint(make_request(6, [], same))
    assert (fork.status, "fork" in fork.text) == (409, True)
    shorter = make_signer().sign(5, other_root)
    assert witness.add_checkpoint(make_request(6, [], shorter)).status == 400
    assert witness.heads()[ledger.signer.origin].size == 6


@pytest.mark.attack(6)
def test_a_witness_that_begins_again_at_nothing_is_the_twin_that_lets_a_rewrite_pass(ledger, witness):
    """What remembering is for: with its memory gone, the same witness signs anything."""
    grow(ledger, 6)
    witness.add_checkpoint(ledger.witness_request(0))
    rewritten = make_request(0, [], make_signer().sign(9, bytes(32)))
    assert witness.add_checkpoint(rewritten).status == 409

    (witness._folder / "heads.json").unlink()

    assert witness.add_checkpoint(rewritten).status == 200


def test_a_damaged_memory_signs_nothing(ledger, witness, address):
    grow(ledger, 2)
    witness.add_checkpoint(ledger.witness_request(0))
    (witness._folder / "heads.json").write_text("{", "utf-8")

    with pytest.raises(WitnessError, match=r"heads\.json"):
        witness.add_checkpoint(ledger.witness_request(0))
    with pytest.raises(witnessline.UnwitnessedError, match="500"):
        witnessline.ask(ledger, key_of(witness), address)


def test_strangers_and_forgers_get_no_signature(ledger, witness):
    grow(ledger, 2)
    good = ledger.witness_request(0)

    stranger = Signer(bytes([7] * 32), "elsewhere.example/ledger")
    assert witness.add_checkpoint(make_request(0, [], stranger.sign(1, bytes(32)))).status == 404
    forged = Signer(bytes([7] * 32), make_signer().origin)
    assert witness.add_checkpoint(make_request(0, [], forged.sign(1, bytes(32)))).status == 403
    damaged = good.replace("\n2\n", "\n3\n")
    assert witness.add_checkpoint(damaged).status == 403
    assert witness.heads() == {}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300) | st.builds(lambda n, s: f"old {n}\n{s}", st.integers(), st.text(max_size=200)))
def test_whatever_is_sent_a_witness_answers_and_signs_nothing_it_should_not(witness, request_text):
    assert witness.add_checkpoint(request_text).status in {400, 403, 404}
    assert witness.heads() == {}


def test_a_signature_of_another_checkpoint_or_key_is_not_kept(ledger, witness, tmp_path):
    grow(ledger, 3)
    other = Witness.create(tmp_path / "other", "other.example")
    other.trust(make_signer().vkey)
    line = other.add_checkpoint(ledger.witness_request(0)).text

    with pytest.raises(NoteError):
        ledger.keep_cosignature(line, key_of(witness))
    with pytest.raises(NoteError):
        ledger.keep_cosignature(line[:-10] + "AAAA" + line[-6:], key_of(other))
    with pytest.raises(NoteError):
        ledger.keep_cosignature("", key_of(other))
    assert "other.example" not in ledger.latest_checkpoint().note


def test_an_old_copy_put_back_says_so(ledger):
    grow(ledger, 3)

    with pytest.raises(NotCoveredError, match="old copy"):
        ledger.witness_request(9)


def test_a_witness_keeps_its_secret_to_itself(witness):
    folder = witness._folder
    assert [(folder / name).stat().st_mode & 0o077 for name in ("witness.ed25519", "ledgers")] == [0, 0]
    (folder / "witness.ed25519").chmod(0o644)

    with pytest.raises(WitnessError, match="chmod 600"):
        Witness(folder)
    with pytest.raises(WitnessError, match="already"):
        Witness.create(folder, "again")


def test_nobody_takes_over_the_name_of_a_ledger_that_is_looked_after(witness):
    taken = Signer(bytes([7] * 32), make_signer().origin)

    with pytest.raises(WitnessError):
        witness.trust(taken.vkey)
    with pytest.raises(NoteError):
        witness.trust(witness.vkey)


def test_the_line_refuses_what_is_too_long_and_what_is_elsewhere(address):
    import urllib.error
    import urllib.request

    def post(path: str, data: bytes) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(address + path, data), timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    assert post("/add-checkpoint", b"x" * (witnessline.MAX_REQUEST + 1)) == 413
    assert post("/add-checkpoint", b"\xff\xfe") == 400
    assert post("/elsewhere", b"old 0\n") == 404


def test_a_witness_that_is_away_is_named(ledger, witness):
    grow(ledger, 1)

    with pytest.raises(witnessline.UnwitnessedError, match="cannot be reached"):
        witnessline.ask(ledger, key_of(witness), "http://127.0.0.1:9")
    with pytest.raises(witnessline.UnwitnessedError, match="http"):
        witnessline.ask(ledger, key_of(witness), "file:///etc")


def test_the_request_is_the_protocols_text(ledger):
    grow(ledger, 3)
    lines = ledger.witness_request(2).split("\n")

    assert lines[0] == "old 2"
    assert all(len(base64.b64decode(line)) == 32 for line in lines[1 : lines.index("")])
    assert lines[lines.index("") + 1] == make_signer().origin
