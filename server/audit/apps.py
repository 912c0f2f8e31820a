from django.apps import AppConfig
from django.db.models.signals import post_save


class Audit(AppConfig):
    name = "server.audit"
    label = "audit"

    def ready(self) -> None:
        from server.audit.administration import record_admin_change

        post_save.connect(record_admin_change, sender="admin.LogEntry", dispatch_uid="audit")
