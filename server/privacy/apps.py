from django.apps import AppConfig


class Privacy(AppConfig):
    name = "server.privacy"
    label = "privacy"
