"""`zhengguan server show`: print the stored data of a submission."""

from __future__ import annotations

import argparse
import json

from config.errors import Problem
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "the stored data of a submission, with the hashes of its files computed again"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("submission")
        parser.add_argument("--json", action="store_true")

    def run(self, options: argparse.Namespace) -> int:
        from server.submissions.models import Submission
        from server.submissions.store import file_sha256, picture_store

        submission = Submission.objects.filter(pk=options.submission).first()
        if submission is None:
            raise Problem("submissions.unknown", id=options.submission)
        files = picture_store()
        facts: dict[str, str | None] = {"id": submission.id, "state": submission.state}
        for part in ("shot_sha256", "portrait_sha256"):
            named = getattr(submission, part)
            facts[part] = file_sha256(files.path(named)) if named else None
        self.print(
            json.dumps(facts) if options.json else "\n".join(f"{name}: {value}" for name, value in facts.items())
        )
        return 0
