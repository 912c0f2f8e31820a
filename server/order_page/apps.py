from django.apps import AppConfig


class OrderPage(AppConfig):
    name = "server.order_page"
    label = "order_page"
