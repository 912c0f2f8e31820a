from django.apps import AppConfig


class Backup(AppConfig):
    name = "server.backup"
    label = "backup"
