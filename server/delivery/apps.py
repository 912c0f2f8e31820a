from django.apps import AppConfig


class Delivery(AppConfig):
    name = "server.delivery"
    label = "delivery"

    def ready(self) -> None:
        from server.delivery.own_mail import EVENT, own_files
        from server.notices.attachments import register_attachments

        register_attachments(EVENT, own_files)
