"""Scopes: the campaigns that a station, a pairing code or a user may see: all, those of some schools, or single
ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from config.errors import Problem
from server.records.models import Campaign, School, Student


@dataclass(frozen=True)
class Scope:
    """`schools` and `campaigns` are codes; campaigns that a school adds later belong to it too."""

    everything: bool = False
    schools: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()

    def allowed(self) -> QuerySet[Campaign]:
        if self.everything:
            return Campaign.objects.all()
        return Campaign.objects.filter(Q(code__in=self.campaigns) | Q(school__in=self.schools))

    def schools_with_all_campaigns(self) -> QuerySet[School]:
        """Return the schools whose future campaigns belong to the scope too."""
        return School.objects.all() if self.everything else School.objects.filter(pk__in=self.schools)

    def students(self) -> QuerySet[Student]:
        return Student.objects.all() if self.everything else Student.objects.filter(campaign__in=self.allowed())


EVERYTHING = Scope(everything=True)


class CampaignScope(models.Model):
    """Base class of models with a scope."""

    everything = models.BooleanField(default=True)
    schools = models.ManyToManyField(School, blank=True, related_name="+")
    campaigns = models.ManyToManyField(Campaign, blank=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def scope(self) -> Scope:
        schools = tuple(self.schools.order_by("pk").values_list("pk", flat=True))
        return Scope(self.everything, schools, tuple(self.campaigns.order_by("pk").values_list("pk", flat=True)))

    def set_scope(self, scope: Scope) -> None:
        """Set the scope and save the row."""
        self.everything = scope.everything
        self.save(update_fields=["everything"])
        self.schools.set(School.objects.filter(pk__in=scope.schools))
        self.campaigns.set(Campaign.objects.filter(pk__in=scope.campaigns))


def find_campaign(code: str) -> Campaign | None:
    """Return the campaign of a code that somebody typed or scanned: for public pages, which show no student."""
    return Campaign.objects.select_related("school").filter(pk=code).first()


def parse_scope(everything: bool, schools: list[str], campaigns: list[str]) -> Scope:
    """Return the scope of a command line or a form; by default the server's only school.

    Raises Problem if a school or a campaign is not known, or if nothing is named and there are several schools.
    """
    if everything:
        return EVERYTHING
    _require_known(School.objects.filter(pk__in=schools).values_list("pk", flat=True), schools, "scope.no_school")
    _require_known(
        Campaign.objects.filter(pk__in=campaigns).values_list("pk", flat=True), campaigns, "scope.no_campaign"
    )
    if schools or campaigns:
        return Scope(schools=tuple(schools), campaigns=tuple(campaigns))
    known = list(School.objects.order_by("pk").values_list("pk", flat=True)[:2])
    if len(known) > 1:
        raise Problem("scope.choose")
    return Scope(schools=tuple(known)) if known else EVERYTHING


def _require_known(known: QuerySet[Any, str], named: list[str], key: str) -> None:
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise Problem(key, code=", ".join(unknown))
