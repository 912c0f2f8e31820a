"""Connect a person's WeChat, find the person of a WeChat user, and disconnect it again."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from server.core.api_errors import ApiError
from server.records.people_models import Person
from server.wechat.authorization import WeChatUser
from server.wechat.models import WeChatLink, user_hmac


def person_of(user: WeChatUser) -> Person | None:
    link = WeChatLink.objects.select_related("person").filter(user_hmac=user_hmac(user)).first()
    return link.person if link is not None else None


def connect(person: Person, user: WeChatUser) -> None:
    """Replace the person's link. Raises ApiError wechat_taken if this WeChat signs somebody else in."""
    try:
        with transaction.atomic():
            WeChatLink.objects.update_or_create(person=person, defaults={"user_hmac": user_hmac(user)})
    except IntegrityError:
        raise ApiError("refused.wechat_taken") from None


def disconnect(person: Person) -> bool:
    """Return whether there was a link."""
    removed, _ = WeChatLink.objects.filter(person=person).delete()
    return bool(removed)
