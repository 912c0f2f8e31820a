"""Set up, check and reset a user's second factor."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from server.audit.models import Action
from server.audit.record import record
from server.core.throttle import Throttle
from server.members.scope import has_real_students
from server.second_factor.models import RecoveryCode, SecondFactor
from server.second_factor.totp import matching_step
from server.secrets.encryption import decrypt, encrypt

ENCRYPTION_KEY: Final = "second_factor"  # encrypts the secrets
RECOVERY_CODE_COUNT: Final = 10
_SESSION_KEY: Final = "second_factor_of"


def is_required(user: Any) -> bool:
    """Whether the user needs a second factor: everybody who may open the administration, from the first campaign with
    real students on. A new server and the demo protect no real data."""
    return bool(user.is_staff or user.is_superuser) and has_real_students()


def is_passed(request: HttpRequest) -> bool:
    return bool(request.session.get(_SESSION_KEY) == request.user.pk)


def mark_passed(request: HttpRequest) -> None:
    """Record in the session that the second factor was passed."""
    request.session.cycle_key()
    request.session[_SESSION_KEY] = request.user.pk


def confirmed_factor(user: Any) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def pending_secret(user: Any) -> bytes:
    """Return the secret for setting up an app; it stays the same until a code confirms it."""
    factor, _ = SecondFactor.objects.get_or_create(
        user=user, defaults={"secret_encrypted": encrypt(ENCRYPTION_KEY, secrets.token_hex(20))}
    )
    return bytes.fromhex(decrypt(ENCRYPTION_KEY, factor.secret_encrypted))


def check(request: HttpRequest, code: str, now: datetime) -> bool:
    """Whether the code is valid, from the app or a recovery code, within the limit of attempts; each code works
    once."""
    user, throttle = request.user, _throttle()
    if not throttle.allow(str(user.pk)):
        return False
    with transaction.atomic():
        if _verify_app_code(user, code, now):
            is_valid = True
        else:
            is_valid = bool(RecoveryCode.objects.filter(user=user.pk, code_hash=_hash(code)).delete()[0])
            if is_valid:
                record(Action.RECOVERY_CODE_USED, request=request)
    if is_valid:
        throttle.succeeded(str(user.pk))
    else:
        record(Action.SECOND_FACTOR_FAILED, request=request)
    return is_valid


def is_paused(user: Any) -> bool:
    return _throttle().exhausted(str(user.pk))


def confirm(request: HttpRequest, code: str, now: datetime) -> list[str] | None:
    """Complete the set-up with the app's first code. Returns the recovery codes, to be shown once; None for a wrong
    code."""
    user, throttle = request.user, _throttle()
    if not user.is_authenticated or not throttle.allow(str(user.pk)) or not _verify_app_code(user, code, now):
        return None
    throttle.succeeded(str(user.pk))
    codes = ["-".join(secrets.token_hex(3) for _ in range(3)) for _ in range(RECOVERY_CODE_COUNT)]
    with transaction.atomic():
        SecondFactor.objects.filter(user=user.pk).update(confirmed_at=now)
        RecoveryCode.objects.filter(user=user.pk).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(one)) for one in codes)
        record(Action.SECOND_FACTOR_SET, request=request)
    return codes


def reset(user: Any) -> None:
    """Delete the second factor; the user sets up another one at the next sign-in."""
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        record(Action.SECOND_FACTOR_RESET, user.get_username())


def _verify_app_code(user: Any, code: str, now: datetime) -> bool:
    factor = SecondFactor.objects.select_for_update().filter(user=user.pk).first()
    if factor is None:
        return False
    secret = bytes.fromhex(decrypt(ENCRYPTION_KEY, factor.secret_encrypted))
    step = matching_step(secret, "".join(code.split()), now.timestamp(), factor.last_used_step)
    if step is not None:
        SecondFactor.objects.filter(pk=factor.pk).update(last_used_step=step)
    return step is not None


def _throttle() -> Throttle:
    return Throttle("second_factor", settings.APP.throttle.second_factor_tries)


def _hash(code: str) -> str:
    """Hash a recovery code. It has 72 random bits, so a fast hash is enough."""
    return salted_hmac("recovery", "".join(code.split()).lower(), algorithm="sha256").hexdigest()
