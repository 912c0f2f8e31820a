from django.apps import AppConfig


class Portal(AppConfig):
    name = "server.portal"
    label = "portal"
