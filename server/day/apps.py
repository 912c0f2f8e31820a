from django.apps import AppConfig


class Day(AppConfig):
    name = "server.day"
    label = "day"
