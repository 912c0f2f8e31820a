"""Template tags of the clerk's pages."""

from __future__ import annotations

from django import template
from django.template.context import Context

from server.clerk import access
from server.core.templatetags.translation import translations_of
from server.records.people_models import Consent

register = template.Library()


@register.simple_tag(takes_context=True)
def is_clerk(context: Context) -> bool:
    """Whether the menu shows the clerk's pages."""
    user = context.get("user")
    return user is not None and access.is_clerk(user)


@register.simple_tag(takes_context=True)
def column_label(context: Context, name: str) -> str:
    """Return the label of a roster's column."""
    return translations_of(context).translate(f"roster.column_{name}")


@register.filter
def source_name(consent: Consent) -> str:
    """Return the name of the station or clerk that recorded a consent, without the word that distinguishes them."""
    return consent.source.partition(" ")[2]
