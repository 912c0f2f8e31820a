from django.apps import AppConfig


class Remote(AppConfig):
    name = "server.remote"
    label = "remote"
