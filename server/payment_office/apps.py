from django.apps import AppConfig


class PaymentOffice(AppConfig):
    name = "server.payment_office"
    label = "payment_office"
