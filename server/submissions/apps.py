from django.apps import AppConfig


class Submissions(AppConfig):
    name = "server.submissions"
    label = "submissions"
