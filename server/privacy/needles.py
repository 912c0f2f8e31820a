"""Texts that must not be found anywhere after an erasure: collected before it, kept in memory only, never stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Q, QuerySet

from server.accounts.models import Account
from server.notices.contacts import decrypt_address
from server.notices.models import Contact, Notice
from server.payments.models import Order
from server.privacy.doomed_files import PICTURE_COLUMNS, hashes_of
from server.records.id_number_protection import decrypt_number
from server.records.models import Student
from server.records.people_models import EnrolmentLink
from server.remote.models import PhotoJob, Proof
from server.submissions.models import Submission
from server.wechat.models import WeChatLink

_EMAIL: Final = re.compile(r"[\w.+-]+@[\w.-]+\w")
_DIGITS: Final = re.compile(r"(?=(\d{17}[\dXx]))|(?=(\d{15}))|(?=(1\d{10}))")
_HEX: Final = re.compile(r"(?=([0-9a-f]{64}))|(?=([0-9a-f]{32}))")
_WORD: Final = re.compile(r"[0-9A-Za-z_-]{6,}")
_HAN: Final = re.compile(r"[\u3400-\u9fff·]{2,}")
_LATIN: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ESCAPE: Final = re.compile(r"\\\\u([0-9a-f]{4})")
_LONGEST_NAME: Final = 6


@dataclass
class Needles:
    """Texts to search for. `secrets`: long texts, each with its kind, which must not occur anywhere. `words`: names,
    numbers and payers, which other people may share; they must not occur in rows about the erased students, nor in rows
    about no single student. `files`: parts of names of files."""

    students: set[str] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def secrets_in(self, text: str) -> set[str]:
        """Return the kinds of secrets in a text."""
        return {self.secrets[piece] for piece in _pieces(text) if piece in self.secrets}

    def words_in(self, text: str) -> set[str]:
        """Return the kinds of words in a text."""
        return {self.words[name] for name in _names(text) if name in self.words}

    def forget_shared(self) -> None:
        """Remove the texts that a student who is not erased has too: another enrolment of the same person, a shared
        portrait, a student of the same name. Call this after the erasure: every row that still contains such a text
        then belongs to somebody else."""
        others = Student.objects.filter(erased_at=None).exclude(pk__in=self.students)
        hashes = [one for one, kind in self.secrets.items() if kind in ("id_hash", "account_hash")]
        with_same_hash = others.filter(id_number_hmac__in=hashes) if len(hashes) < 500 else others
        for student in with_same_hash.only("id_number_hmac", "id_number_slow_hash", "id_number_encrypted").iterator(
            500
        ):
            if student.id_number_hmac in self.secrets:
                for value in (student.id_number_hmac, student.id_number_slow_hash, _number(student)):
                    self.secrets.pop(value.lower(), None)
        for names in others.values_list("name", "student_no", "candidate_no").iterator(2000):
            for name in names:
                self.words.pop(name.casefold(), None)
        self._forget_shared_pictures()

    def _forget_shared_pictures(self) -> None:
        hashes = [one for one, kind in self.secrets.items() if kind == "picture"]
        for start in range(0, len(hashes), 500):
            chunk = hashes[start : start + 500]
            named = Q(shot_sha256__in=chunk) | Q(portrait_sha256__in=chunk) | Q(original_portrait_sha256__in=chunk)
            others = Submission.objects.filter(named).exclude(student__in=self.students)
            for sha256 in {one for row in others.values_list(*PICTURE_COLUMNS) for one in row if one}:
                self.secrets.pop(sha256, None)
                self.files.discard(sha256)


def collect(needles: Needles, students: Iterable[str]) -> None:
    """Add everything that identifies these students, before they are erased."""
    ids = list(students)
    needles.students.update(ids)
    for student in Student.objects.filter(pk__in=ids, erased_at=None):
        _add(needles.secrets, "id_number", _number(student))
        _add(needles.secrets, "id_hash", student.id_number_hmac, student.id_number_slow_hash)
        _add(needles.secrets, "link", student.progress_token)
        _add(needles.words, "name", student.name)
        _add(needles.words, "student_number", student.student_no, student.candidate_no)
    for contact in Contact.objects.filter(student__in=ids):
        _add(
            needles.secrets,
            "address",
            decrypt_address(contact.phone_encrypted),
            decrypt_address(contact.email_encrypted),
        )
    for order in Order.objects.filter(student__in=ids):
        _add(needles.secrets, "link", order.token)
        _add(needles.words, "payer", *order.payments.values_list("payer_hmac", flat=True))
    other_links = EnrolmentLink.objects.exclude(student__in=ids).filter(student__erased_at=None)
    accounts = Account.objects.filter(person__links__student__in=ids)
    collect_accounts(needles, accounts.exclude(person__in=other_links.values("person")).distinct())
    hashes = hashes_of(ids)
    _add(needles.secrets, "picture", *hashes)
    needles.files.update(hashes, ids, (f"student-{one}" for one in ids))
    needles.files.update(Submission.objects.filter(student__in=ids).values_list("pk", flat=True))
    for model in (Proof, PhotoJob):
        needles.files.update(row.pk for row in model.objects.filter(student__in=ids).only("pk"))
    notices = Notice.objects.filter(student__in=ids)
    needles.files.update(notices.values_list("key", flat=True))
    for address in notices.exclude(address_encrypted="").values_list("address_encrypted", flat=True):
        _add(needles.secrets, "address", decrypt_address(address))


def collect_accounts(needles: Needles, accounts: QuerySet[Account]) -> None:
    """Add the hashes by which these accounts sign in; no other account has them."""
    for account in accounts:
        _add(needles.secrets, "account_hash", account.phone_hmac, account.id_number_hmac)
        linked = WeChatLink.objects.filter(person=account.person_id)
        _add(needles.secrets, "account_hash", *linked.values_list("user_hmac", flat=True))


def unescaped(text: str) -> str:
    """Return JSON text with its \\uXXXX as characters."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "\\u" in text else text


def _add(kinds: dict[str, str], kind: str, *values: str) -> None:
    for value in values:
        if len(value) >= 2 and set(value) != {"0"}:
            kinds[value.casefold()] = kind


def _number(student: Student) -> str:
    return decrypt_number(student.id_number_encrypted)


def _pieces(text: str) -> Iterator[str]:
    low = text.casefold()
    for pattern in (_EMAIL, _WORD):
        yield from pattern.findall(low)
    for pattern in (_DIGITS, _HEX):
        for groups in pattern.findall(low):
            yield from filter(None, groups)


def _names(text: str) -> Iterator[str]:
    low = text.casefold()
    yield from _WORD.findall(low)
    for run in _HAN.findall(low):
        for length in range(2, min(_LONGEST_NAME, len(run)) + 1):
            yield from (run[start : start + length] for start in range(len(run) - length + 1))
    words = _LATIN.findall(low)
    for count in range(1, 5):
        yield from (" ".join(words[start : start + count]) for start in range(len(words) - count + 1))
