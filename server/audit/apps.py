from django.apps import AppConfig


class Audit(AppConfig):
    name = "server.audit"
    label = "audit"
