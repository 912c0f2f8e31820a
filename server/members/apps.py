from django.apps import AppConfig


class Members(AppConfig):
    name = "server.members"
    label = "members"
