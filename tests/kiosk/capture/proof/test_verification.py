"""Only the exact bytes that a school's station signed are confirmed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Problem
from config.i18n import Message, translations
from kiosk.capture.proof.documents import Proof, Revocations, RevokedKey, SignedRevocations
from kiosk.capture.proof.keys import SigningKey, key_file, read_key_file
from kiosk.capture.proof.sentences import details
from kiosk.capture.proof.signing import recipe_text
from kiosk.capture.proof.verification import ConfirmedPortrait, Trust, read_revocations, verify_proof
from tests.kiosk.capture.proof.samples import DAY, PORTRAIT, SCHOOL, STATION, proof, recipe, signed
from tests.message_checks import assert_sentence

TRUST = Trust((SCHOOL.public,))
OTHER = SigningKey(bytes(32))


def verify(portrait: bytes = PORTRAIT, given_proof: bytes | None = None, trust: Trust = TRUST) -> ConfirmedPortrait:
    return verify_proof(sha256(portrait).hexdigest(), proof().to_bytes() if given_proof is None else given_proof, trust)


def refusal(*arguments: Any, **named: Any) -> str:
    with pytest.raises(Problem) as caught:
        verify(*arguments, **named)
    assert_sentence(Message(caught.value.key, caught.value.values), caught.value.key)
    return caught.value.key


def test_a_proof_confirms_its_portrait() -> None:
    confirmed = verify()
    assert (confirmed.certificate.holder_name, confirmed.statement.day) == ("一号机", DAY)
    assert confirmed.standard_only
    assert not confirmed.simulated


@given(st.integers(0, len(PORTRAIT) - 1), st.integers(1, 255))
def test_one_changed_byte_of_the_portrait_fails(place: int, change: int) -> None:
    changed = bytearray(PORTRAIT)
    changed[place] ^= change
    assert refusal(bytes(changed)) == "proof.other_portrait"


@given(st.integers(0, len(proof().to_bytes()) - 1), st.integers(1, 255))
def test_one_changed_byte_of_the_proof_fails(place: int, change: int) -> None:
    """The certificate, receipt and recipe are parts of the proof."""
    changed = bytearray(proof().to_bytes())
    changed[place] ^= change
    refusal(given_proof=bytes(changed))


@pytest.mark.parametrize("bit", [1, 32])
def test_every_place_of_the_proof_is_covered(bit: int) -> None:
    whole = proof().to_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= bit
        with pytest.raises(Problem):
            verify(given_proof=bytes(changed))


@given(st.binary(max_size=200))
def test_other_files_are_refused_with_a_message(content: bytes) -> None:
    assert refusal(given_proof=content) == "proof.unreadable"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"type":"zhengguan-proof","version":' + b"9" * 5000 + b"}",
        b'{"type":"zhengguan-proof","version":"1"}',
        proof().to_bytes() + b"\n",
        json.dumps(json.loads(proof().to_bytes()), indent=1).encode(),
        proof().to_bytes().replace(b'"version":1}', b'"version":1,"version":1}', 1),
        proof().to_bytes().replace("一号机".encode(), b"\\ud800"),
    ],
    ids=["deep", "long number", "text for a number", "line feed", "indented", "name twice", "half a character"],
)
def test_a_proof_has_one_form(content: bytes) -> None:
    assert refusal(given_proof=content) == "proof.unreadable"


def test_a_newer_proof_is_named_as_such() -> None:
    newer = json.dumps({**json.loads(proof().to_bytes()), "version": 2, "more": True}).encode()
    assert refusal(given_proof=newer) == "proof.newer"


def test_a_proof_of_another_school_is_refused() -> None:
    assert refusal(given_proof=proof(school=OTHER).to_bytes()) == "proof.other_school"
    assert refusal(trust=Trust((OTHER.public,))) == "proof.other_school"
    assert refusal(trust=Trust(())) == "proof.other_school"


def test_a_retired_key_of_the_school_stays_valid() -> None:
    assert verify(trust=Trust((OTHER.public, SCHOOL.public))).certificate.issuer == SCHOOL.public


def parts(of: Proof, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


_OTHER_STATION = proof(key=OTHER.public)
_OTHER_PORTRAIT = proof(signed(recipe(format=2)))
FORGERIES = {
    "a statement of another key": {"statement": signed(key=OTHER).statement},
    "signed by another station": {"statement_signature": signed(key=OTHER).signature},
    "the certificate alone of another station": parts(_OTHER_STATION, "certificate"),
    "the certificate of another station": parts(_OTHER_STATION, "certificate", "certificate_signature"),
    "the receipt alone of another portrait": parts(_OTHER_PORTRAIT, "receipt"),
    "the receipt of another portrait": parts(_OTHER_PORTRAIT, "receipt", "receipt_signature"),
    "the recipe of another portrait": {"recipe": recipe_text(recipe(format=2))},
    "without its recipe": {"recipe": ""},
}
"""Proofs that somebody without the school's key could assemble from genuine parts."""


@pytest.mark.parametrize("name", FORGERIES)
def test_parts_of_other_proofs_do_not_fit(name: str) -> None:
    assert refusal(given_proof=proof().model_copy(update=FORGERIES[name]).to_bytes()) == "proof.changed"


def test_a_statement_names_the_key_that_signed_it() -> None:
    """Otherwise a revoked station could name the key of another."""
    foreign = signed().statement.model_copy(update={"key": OTHER.public})
    forged = signed().model_copy(update={"statement": foreign, "signature": STATION.sign(foreign.to_bytes())})
    assert refusal(given_proof=proof(forged, key=STATION.public).to_bytes()) == "proof.changed"


def test_a_statement_that_hides_an_operation_is_refused() -> None:
    """A station can sign any statement, so the recipe has to agree."""
    repaired = recipe(repair={"parent": {}, "strokes": [{"tool": "remove_spill"}]})
    honest = signed(repaired)
    assert honest.statement.operations[-1] == "spill_repair"
    hidden = honest.statement.model_copy(update={"operations": signed().statement.operations})
    forged = honest.model_copy(update={"statement": hidden, "signature": STATION.sign(hidden.to_bytes())})
    assert refusal(given_proof=proof(forged, text=recipe_text(repaired)).to_bytes()) == "proof.changed"


def test_retouching_is_named() -> None:
    repaired = recipe(repair={"parent": {}, "strokes": [{"tool": "remove_spill"}, {"tool": "smooth"}]})
    confirmed = verify(given_proof=proof(signed(repaired), text=recipe_text(repaired)).to_bytes())
    assert not confirmed.standard_only
    assert confirmed.statement.operations[-2:] == ("matte_repair", "spill_repair")
    assert "It was retouched" in details(confirmed, translations("en"))[1]
    assert "人工修图" in details(confirmed, translations("zh_CN"))[1]


@pytest.mark.parametrize(
    ("first", "last", "key"),
    [
        (DAY, DAY, ""),
        (DAY + timedelta(days=1), DAY + timedelta(days=9), "proof.other_day"),
        (DAY - timedelta(days=9), DAY - timedelta(days=1), "proof.other_day"),
    ],
    ids=["that day only", "not yet valid", "expired"],
)
def test_the_certificate_is_valid_on_the_day_of_the_statement(first: date, last: date, key: str) -> None:
    given_proof = proof(valid_from=first, valid_until=last).to_bytes()
    assert not key or refusal(given_proof=given_proof) == key
    assert key or verify(given_proof=given_proof)


def test_statements_after_the_revocation_are_refused() -> None:
    before, that_day = DAY - timedelta(days=1), DAY
    assert refusal(trust=Trust((SCHOOL.public,), {STATION.public: before})) == "proof.revoked"
    assert verify(trust=Trust((SCHOOL.public,), {STATION.public: that_day}))
    assert verify(trust=Trust((SCHOOL.public,), {OTHER.public: before}))


@pytest.mark.parametrize("where", ["statement", "certificate"])
def test_a_simulated_station_is_marked(where: str) -> None:
    statement = signed(simulated=where == "statement")
    assert verify(given_proof=proof(statement, simulated=where == "certificate").to_bytes()).simulated


def test_a_clock_that_was_ahead_is_named() -> None:
    lines = details(verify(given_proof=proof(receipt_day=DAY - timedelta(days=1)).to_bytes()), translations("en"))
    assert "clock of its maker was wrong" in lines[-1]


def test_the_list_of_revoked_keys_is_signed() -> None:
    keys = (RevokedKey(key=STATION.public, holder_name="一号机", last_day=DAY),)
    revocations = Revocations(day=DAY, keys=keys, issuer=SCHOOL.public)
    file = SignedRevocations(revocations=revocations, signature=SCHOOL.sign(revocations.to_bytes()))
    assert read_revocations(file.to_bytes(), (SCHOOL.public,)) == {STATION.public: DAY}
    with pytest.raises(Problem) as other_school:
        read_revocations(file.to_bytes(), (OTHER.public,))
    assert other_school.value.key == "proof.other_school"
    emptied = file.model_copy(update={"revocations": revocations.model_copy(update={"keys": ()})})
    with pytest.raises(Problem) as changed:
        read_revocations(emptied.to_bytes(), (SCHOOL.public,))
    assert changed.value.key == "proof.changed"


def test_a_key_file_is_read_back() -> None:
    keys = (SCHOOL.public, OTHER.public)
    assert read_key_file(b"\xef\xbb\xbf" + key_file(keys).replace("\n", "\r\n").encode()) == keys


@pytest.mark.parametrize("content", [b"", b"\x00" * 99, key_file([SCHOOL.public]).replace("MCow", "MCov").encode()])
def test_a_file_without_a_key_is_refused(content: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_key_file(content)
    assert_sentence(Message(caught.value.key, caught.value.values), "proof.no_key")
