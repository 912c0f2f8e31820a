from django.apps import AppConfig


class WeChat(AppConfig):
    name = "server.wechat"
    label = "wechat"
