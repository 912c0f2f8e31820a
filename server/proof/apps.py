from django.apps import AppConfig


class Proof(AppConfig):
    name = "server.proof"
    label = "proof"
