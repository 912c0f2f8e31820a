from django.apps import AppConfig


class Records(AppConfig):
    name = "server.records"
    label = "records"
