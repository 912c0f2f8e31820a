from django.apps import AppConfig


class Jobs(AppConfig):
    name = "server.jobs"
    label = "jobs"
