"""`zhengguan photo verify`: verify that a portrait was made by a school, with its public key and without a network."""

from __future__ import annotations

import argparse
import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.i18n import Translations, translations
from kiosk.capture.proof.documents import MAX_PROOF_BYTES
from kiosk.capture.proof.keys import MAX_KEY_FILE_BYTES, fingerprint, read_key_file
from kiosk.capture.proof.sentences import NOT_PROVEN, SIMULATED, details, headline
from kiosk.capture.proof.verification import ConfirmedPortrait, Trust, read_revocations, verify_proof
from kiosk.tools.photo.shots import printable, reject_input_as_output

MAX_REVOCATION_BYTES: Final = 4 << 20
_CONFIRMED, _NOT_CONFIRMED = 0, 1


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("verify", help="verify.help", description="verify.description")
    parser.add_argument("portrait", type=Path, metavar="PORTRAIT", help="verify.portrait")
    parser.add_argument("proof", type=Path, metavar="PROOF", help="verify.proof")
    parser.add_argument("--key", type=Path, metavar="FILE", required=True, help="verify.key")
    parser.add_argument("--revoked", type=Path, metavar="FILE", help="verify.revoked")
    parser.add_argument("--recipe", type=Path, metavar="OUT", help="verify.recipe")
    parser.add_argument("--json", action="store_true", help="verify.json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if the portrait is confirmed, 1 if it is not or is SIMULATED. Raises Problem if a file cannot be read or
    there is no public key."""
    tr = translations(arguments.language)
    if arguments.recipe:
        inputs = (arguments.portrait, arguments.proof, arguments.key, arguments.revoked)
        reject_input_as_output(arguments.recipe, filter(None, inputs))
    portrait = sha256(_read(arguments.portrait)).hexdigest()
    proof, keys = _read(arguments.proof, MAX_PROOF_BYTES), read_key_file(_read(arguments.key, MAX_KEY_FILE_BYTES))
    try:
        revocations = (
            read_revocations(_read(arguments.revoked, MAX_REVOCATION_BYTES), keys) if arguments.revoked else {}
        )
    except Problem as problem:
        raise Problem("verify.revoked_wrong", why=problem.in_language(arguments.language)) from problem
    try:
        confirmed = verify_proof(portrait, proof, Trust(keys, revocations))
    except Problem as problem:
        _print_failure(problem, arguments, tr)
        return _NOT_CONFIRMED
    if arguments.recipe:
        _write_recipe(arguments.recipe, confirmed)
    if arguments.json:
        print(json.dumps(as_json(confirmed, tr), ensure_ascii=False, indent=2))
    else:
        for line in report_lines(confirmed, bool(arguments.revoked), tr):
            print(line)
    return _NOT_CONFIRMED if confirmed.simulated else _CONFIRMED


def report_lines(confirmed: ConfirmedPortrait, with_revocations: bool, tr: Translations) -> list[str]:
    """Return the text: the result first, then what it is based on, then what it does not prove."""
    kind = "verify.simulated" if confirmed.simulated else "verify.confirmed"
    lines = [tr.translate(kind, what=headline(confirmed))]
    if confirmed.simulated:
        lines.append(tr.translate(SIMULATED.key))
    lines += [f"  {line}" for line in details(confirmed, tr)]
    lines.append("  " + tr.translate("verify.signed_by", fingerprint=fingerprint(confirmed.certificate.issuer)))
    if not with_revocations:
        lines.append(tr.translate("verify.no_revocations"))
    return [*lines, tr.translate(NOT_PROVEN.key)]


def as_json(confirmed: ConfirmedPortrait, tr: Translations) -> dict[str, Any]:
    """Return everything as plain JSON types."""
    first = headline(confirmed)
    return {
        "confirmed": not confirmed.simulated,
        "simulated": confirmed.simulated,
        "standard_only": confirmed.standard_only,
        "sentence": tr.translate(first.key, **first.values),
        "statement": confirmed.statement.model_dump(mode="json"),
        "certificate": confirmed.certificate.model_dump(mode="json"),
        "receipt": confirmed.receipt.model_dump(mode="json"),
    }


def _print_failure(problem: Problem, arguments: argparse.Namespace, tr: Translations) -> None:
    sentence = problem.in_language(tr.language)
    if arguments.json:
        print(
            json.dumps({"confirmed": False, "reason": problem.key, "sentence": sentence}, ensure_ascii=False, indent=2)
        )
    else:
        print(tr.translate("verify.not_confirmed", why=sentence))


def _write_recipe(path: Path, confirmed: ConfirmedPortrait) -> None:
    if not confirmed.recipe:
        raise Problem("verify.no_recipe")
    try:
        path.write_text(confirmed.recipe, encoding="utf-8")
    except OSError as error:
        raise Problem("verify.recipe_not_written", path=printable(str(path)), why=error.strerror) from error


def _read(path: Path, limit: int = 64 << 20) -> bytes:
    """Read at most one byte more than `limit`, because no valid file is longer than `limit`."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise Problem("verify.unreadable", path=printable(str(path)), why=error.strerror) from error
