"""The four steps from an empty server to the first portrait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from server.clerk.access import campaigns, has_stations, may_create_school, schools, students


@dataclass(frozen=True)
class SetupStep:
    """One step. `url` is "" if the user may not do it or an earlier step is missing."""

    name: str
    done: bool
    url: str
    current: bool = False


def setup_steps(user: Any) -> tuple[SetupStep, ...]:
    """Return the steps in their order; the first that is not done is the current one."""
    has_school, has_campaign = schools(user).exists() or campaigns(user).exists(), campaigns(user).exists()
    may_pair = user.has_perm("stations.view_station")
    facts = (
        ("school", has_school, reverse("clerk:school") if may_create_school(user) else ""),
        ("campaign", has_campaign, reverse("clerk:new_campaign") if has_school else ""),
        ("roster", students(user).exists(), reverse("clerk:roster") if has_campaign else ""),
        ("stations", has_stations(user), reverse("stations:stations") if may_pair and has_campaign else ""),
    )
    first = next((name for name, done, _ in facts if not done), "")
    return tuple(SetupStep(name, done, url, name == first) for name, done, url in facts)
