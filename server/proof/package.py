"""The proofs in the package of a delivery: one file for each portrait, under the same name in the folder `proof`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from config.errors import Problem
from kiosk.capture.proof.keys import key_file
from server.delivery.models import Delivery, DeliveryItem
from server.delivery.names import SUFFIX
from server.proof.issuing import Issuer, issue
from server.proof.models import PortraitStatement
from server.proof.school_key import KEY_FILE_NAME
from server.proof.station_keys import REVOCATION_FILE_NAME, revocation_file

FOLDER: Final = "proof"
PROOF_SUFFIX: Final = ".proof.json"
WITHOUT_PROOF: Final = f"{FOLDER}/without-proof.txt"


@dataclass(frozen=True)
class PackageProofs:
    """The proofs of one package; `issuer` is None if the clerk chose a package without proofs."""

    issuer: Issuer | None

    def entries(self, item: DeliveryItem, name: str) -> Iterator[tuple[str, bytes]]:
        """Yield the proof of the portrait `name`, if there is one."""
        proof = self._proof(item)
        if proof is not None:
            yield f"{FOLDER}/{name.removesuffix(SUFFIX)}{PROOF_SUFFIX}", proof

    def lists(self, items: Iterable[DeliveryItem]) -> Iterator[tuple[str, bytes]]:
        """Yield the public keys, the revoked ones, and the names of the portraits that have no proof."""
        if self.issuer is None:
            return
        yield f"{FOLDER}/{KEY_FILE_NAME}", key_file(self.issuer.trust.school_keys).encode()
        yield f"{FOLDER}/{REVOCATION_FILE_NAME}", revocation_file(self.issuer.key, timezone.now())
        missing = [item.row["name"] for item in items if self._proof(item) is None]
        if missing:
            yield WITHOUT_PROOF, "".join(f"{name}\n" for name in missing).encode()

    def _proof(self, item: DeliveryItem) -> bytes | None:
        if self.issuer is None:
            return None
        criteria = {"submission_id": item.submission_id, "portrait_sha256": item.portrait_sha256}
        row = PortraitStatement.objects.filter(**criteria).first()
        try:
            return issue(row, self.issuer) if row is not None else None
        except Problem:
            return None


def proofs_of(delivery: Delivery) -> PackageProofs:
    return PackageProofs(Issuer.now(timezone.now()) if delivery.with_proofs else None)
