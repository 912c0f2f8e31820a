"""Processor time of signing, issuing and verifying proofs.

Run: python -m tests.bench.proof [PORTRAITS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import sys
import tempfile
import time
from collections.abc import Callable

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.utils import timezone

from kiosk.capture.proof.documents import SignedStatement
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.possession import sign_possession
from kiosk.capture.proof.signing import MadePortrait, matches_recipe, recipe_text, sign_recipe
from kiosk.capture.proof.verification import verify_proof
from kiosk.upload.heartbeat import SigningKeyReport
from server.http.serve import prepare
from server.proof.issuing import Issuer, issue
from server.proof.models import PortraitStatement, Result
from server.proof.station_keys import register_signing_key
from server.stations.models import Station
from tests.bench.machine import machine
from tests.kiosk.capture.proof.samples import recipe
from tests.server.conftest import make_campaign, make_student
from tests.server.submissions.reviewing import submission_of


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(machine(), flush=True)
    prepare()
    now, key = timezone.now(), SigningKey(bytes(32))
    station = Station.objects.create(name="1", token_hash="x", paired_at=now)
    report = SigningKeyReport(public_key=key.public, possession=sign_possession(key, station.pk), simulated=False)
    register_signing_key(station, report, now)
    recipes = [recipe(portrait={"sha256": f"{number:064x}", "bytes": 34_000}) for number in range(count)]
    portrait, signed, proofs = MadePortrait(timezone.localdate(now), False), list[SignedStatement](), list[bytes]()
    _print("sign", count, lambda: signed.extend(sign_recipe(one, portrait, key) for one in recipes))
    _print("verify at intake", count, lambda: [matches_recipe(*pair) for pair in zip(signed, recipes, strict=True)])
    submission = submission_of(make_student(make_campaign()))
    rows = [
        PortraitStatement(
            submission=submission,
            portrait_sha256=one.statement.portrait.sha256,
            result=Result.VALID.value,
            statement=one.statement.to_bytes().decode(),
            signature=one.signature,
            recipe=recipe_text(recipes[number]),
            created_at=now,
        )
        for number, one in enumerate(signed)
    ]
    PortraitStatement.objects.bulk_create(rows)
    issuer = Issuer.now(now)

    def issue_all() -> None:
        for row in rows:
            statement = PortraitStatement.objects.filter(portrait_sha256=row.portrait_sha256).get()
            proofs.append(issue(statement, issuer))

    _print("issue", count, issue_all)
    pairs = list(zip(rows, proofs, strict=True))
    _print("verify", count, lambda: [verify_proof(row.portrait_sha256, one, issuer.trust) for row, one in pairs])
    print(f"a proof has {sum(map(len, proofs)) // count} bytes with the recipe of the tests")
    return 0


def _print(name: str, count: int, work: Callable[[], object]) -> None:
    before = time.process_time()
    work()
    print(f"{name}: {(time.process_time() - before) * 1000 / count:.2f} ms CPU a portrait", flush=True)


if __name__ == "__main__":
    sys.exit(main())
