from django.apps import AppConfig


class Privacy(AppConfig):
    name = "server.privacy"
    label = "privacy"

    def ready(self) -> None:
        from server.accounts.signals import consent_withdrawn
        from server.privacy.requests import request_erasure

        consent_withdrawn.connect(request_erasure, dispatch_uid="server.privacy.request_erasure")
