from django.apps import AppConfig


class SecondFactorApp(AppConfig):
    name = "server.second_factor"
    label = "second_factor"
