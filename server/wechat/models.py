"""The WeChat user that a person signs in with."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from server.records.people_models import Person
from server.wechat.authorization import WeChatUser


class WeChatLink(models.Model):
    """A person's WeChat, as a keyed hash of account and openid: nothing of WeChat itself is stored. It proves who signs
    in, not an enrolment."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="wechat_link")
    user_hmac = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.person_id)


def user_hmac(user: WeChatUser) -> str:
    """Return the keyed hash of a user; it differs between a simulated and a real user with the same openid."""
    realm = "simulated" if user.simulated else "real"
    return salted_hmac("WeChat user of a person", f"{realm}:{user.appid}:{user.openid}", algorithm="sha256").hexdigest()
