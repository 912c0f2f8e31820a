"""A database of 86a4649 is brought to today's form: nobody loses what they had, nobody gets more."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config import garbage_collection
from server.core.models import TryCount
from server.members.models import Membership
from server.records.id_number_protection import encrypt_number, slow_keyed_hash
from server.records.slow_hashes import compute_missing_hashes
from server.stations.models import Station
from server.submissions.models import Submission
from tests.server.conftest import fake_number

BEFORE = [
    ("records", "0001_initial"),
    ("stations", "0001_initial"),
    ("submissions", "0001_initial"),
    ("audit", None),
    ("members", None),
    ("second_factor", None),
]


def migrate(targets: list[tuple[str, str | None]]) -> None:
    with garbage_collection.paused():
        MigrationExecutor(connection).migrate(targets)


def migrate_to_today() -> None:
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


@pytest.fixture
def apps_before(transactional_db: None) -> Iterator[Any]:
    migrate([target for target in BEFORE if target[1] is None])
    migrate([target for target in BEFORE if target[1] is not None])
    yield MigrationExecutor(connection).loader.project_state([t for t in BEFORE if t[1] is not None] + AUTH).apps
    migrate_to_today()


AUTH = [("auth", "0012_alter_user_first_name_max_length")]


def test_an_older_database_keeps_its_people_and_stations(apps_before: Any) -> None:
    now, number = timezone.now(), fake_number(1)
    school = apps_before.get_model("records", "School").objects.create(code="99001", name="示范大学")
    campaign = apps_before.get_model("records", "Campaign").objects.create(
        code="tstcmp", school=school, title="2026 届", opens=now, closes=now
    )
    student = apps_before.get_model("records", "Student").objects.create(
        id="a" * 32,
        campaign=campaign,
        name="王小明",
        number_sealed=encrypt_number(number),
        number_hash="b" * 64,
        last_four="0000",
    )
    station = apps_before.get_model("stations", "Station").objects.create(
        id="c" * 32, name="旧站", token_hash="d" * 64, paired_at=now
    )
    apps_before.get_model("submissions", "Submission").objects.create(
        id="e" * 32,
        student=student,
        station=station,
        version=1,
        shot_sha256="f" * 64,
        simulated=False,
        ending="accepted",
        taken_at=now,
        received_at=now,
        remark="请坐直",
        envelope={"identified_by": "id_card"},
    )
    user = apps_before.get_model("auth", "User").objects.create(username="mei")
    user.groups.add(apps_before.get_model("auth", "Group").objects.create(name="reviewers"))

    migrate_to_today()

    kept = Station.objects.get()
    assert (kept.has_shared_key, kept.scope.everything, kept.scope.campaigns) == (True, False, ("tstcmp",))
    assert set(Membership.objects.values_list("user__username", "school", "role")) == {
        ("mei", "99001", "reviewer"),
        ("mei", "99001", "final_reviewer"),
    }
    assert (kept.campaigns.get().opens_at, kept.campaigns.get().closes_at) == (now, now)
    submission = Submission.objects.get()
    assert (submission.identity_check, submission.outcome, submission.comment) == ("card", "accepted", "请坐直")
    assert (submission.student.id_number_hmac, submission.student.progress_token) == ("b" * 64, student.token)
    assert compute_missing_hashes() == 1
    assert Submission.objects.get().student.id_number_slow_hash == slow_keyed_hash(number)


def test_counted_tries_survive_the_renaming_of_their_app(transactional_db: None) -> None:
    move_counters = import_module("server.core.migrations.0002_counters_of_pages").move_counters
    with connection.cursor() as cursor:
        cursor.execute('CREATE TABLE pages_trycount AS SELECT * FROM core_trycount WHERE "count" < 0')
        cursor.execute("INSERT INTO pages_trycount VALUES ('a', 4, '2099-01-01 00:00:00')")
    for _ in range(2):  # the second time there is nothing to do
        with connection.schema_editor(atomic=False) as editor:
            move_counters(apps, editor)
    assert [(row.key, row.count) for row in TryCount.objects.all()] == [("a", 4)]
    assert "pages_trycount" not in connection.introspection.table_names()
