from django.apps import AppConfig


class Stations(AppConfig):
    name = "server.stations"
    label = "stations"
