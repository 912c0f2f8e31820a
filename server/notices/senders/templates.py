"""The provider's template of an event, and the values that fill it."""

from __future__ import annotations

from config.settings.notices import SmsSettings
from server.notices.senders.sender import OutgoingNotice, Undeliverable


def template_of(sms: SmsSettings, notice: OutgoingNotice) -> tuple[str, dict[str, str]]:
    """Return the template's identifier and the provider's variables with their values. Raises Undeliverable if the
    settings have no template for the event, so that the next channel is used."""
    template = sms.templates.get(notice.event)
    if template is None:
        raise Undeliverable(f"no template for {notice.event} in [notices.sms.templates]")
    identifier = template.id_en if notice.language == "en" and template.id_en else template.id
    return identifier, {name: notice.text.values[ours] for name, ours in template.variables.items()}
