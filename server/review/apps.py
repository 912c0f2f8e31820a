from django.apps import AppConfig


class Review(AppConfig):
    name = "server.review"
    label = "review"
