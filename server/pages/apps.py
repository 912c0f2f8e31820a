from django.apps import AppConfig


class Pages(AppConfig):
    name = "server.pages"
    label = "pages"
