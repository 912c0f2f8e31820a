from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class Accounts(AppConfig):
    name = "server.accounts"
    label = "accounts"

    def ready(self) -> None:
        from server.accounts.session import forget_person

        user_logged_in.connect(forget_person, dispatch_uid="accounts.forget_person")
