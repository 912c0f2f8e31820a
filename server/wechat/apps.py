from django.apps import AppConfig


class WeChat(AppConfig):
    name = "server.wechat"
    label = "wechat"

    def ready(self) -> None:
        from server.accounts.sign_in_methods import SignInMethod, register
        from server.wechat.offer import offers_wechat

        register(SignInMethod("wechat", "wechat/_sign_in.html", offers_wechat))
