"""A test with a mark of pytest-django gets the fixture of that mark; tests/less_per_test.py removes the others."""

from __future__ import annotations

import pytest

from server.records.models import School
from tests.less_per_test import MARKS


@pytest.mark.django_db
def test_a_marked_test_gets_the_fixture_of_its_mark(request: pytest.FixtureRequest) -> None:
    assert [name for name in request.fixturenames if name in MARKS] == ["_django_db_marker"]
    assert not School.objects.exists()


def test_an_unmarked_test_gets_none_of_them(request: pytest.FixtureRequest) -> None:
    assert not set(MARKS) & set(request.fixturenames)
