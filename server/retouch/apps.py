from django.apps import AppConfig


class Retouch(AppConfig):
    name = "server.retouch"
    label = "retouch"
