from django.apps import AppConfig


class Clerk(AppConfig):
    name = "server.clerk"
    label = "clerk"
