from django.apps import AppConfig


class Payments(AppConfig):
    name = "server.payments"
    label = "payments"
