from django.apps import AppConfig


class Delivery(AppConfig):
    name = "server.delivery"
    label = "delivery"
