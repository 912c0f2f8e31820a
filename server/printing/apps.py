from django.apps import AppConfig


class Printing(AppConfig):
    name = "server.printing"
    label = "printing"
