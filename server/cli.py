"""zhengguan-server: run the server, try it, pair stations, import rosters."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from config.errors import Problem

if TYPE_CHECKING:
    from server.records.scope import Scope


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    if args.command == "demo" and not args.data:
        args.data = platformdirs.user_data_path("zhengguan") / "demo-server"
    if args.data:
        os.environ["ZHENGGUAN_SERVER_DATA"] = str(args.data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
    try:
        return _run_command(args)
    except Problem as problem:
        print(problem, file=sys.stderr)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:
        storage = _storage_error_message(error)
        if storage is None:
            raise
        print(storage, file=sys.stderr)
    return 1


def _run_command(args: argparse.Namespace) -> int:
    if args.command == "new-keys":
        return _new_keys(args)
    import django

    django.setup()
    from server.http.serve import prepare

    if args.command != "check":  # which changes nothing
        prepare()
    return _COMMANDS[args.command](args)


def _storage_error_message(error: Exception) -> Problem | None:
    """What a person can do about a disk or a database; None where the program itself is at fault.

    Django is imported here because its settings may be what failed: the folder of the data could not be made.
    """
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    from server.core.storage_errors import storage_reason

    try:
        reason = storage_reason(error)
    except ImproperlyConfigured:
        reason = None
    if reason in ("disk_full", "busy"):
        return Problem(f"server.{reason}")
    if isinstance(error, OSError | DatabaseError):
        return Problem("server.storage", why=str(error))
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zhengguan-server", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder for database, pictures and keys")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help)
        added.add_argument(
            "--data", type=Path, default=argparse.SUPPRESS, help="folder for database, pictures and keys"
        )
        return added

    for name, help in (("run", "serve"), ("demo", "serve with an invented school, for trying out")):
        serving = command(name, help)
        serving.add_argument("--host", default="127.0.0.1")
        serving.add_argument("--port", type=int, default=8000, help="0 takes any free port")
        if name == "demo":
            serving.add_argument("--ready-file", type=Path, help="written as JSON when the server answers")
    checking = command("check", "look the installation over: address, proxy, folder, keys, disk, database")
    checking.add_argument("--ca", type=Path, help="certificate file to trust when the public address is opened")
    _add_scope(command("pair-code", "make a one-time code for pairing a station"), "the station gets")
    roster = command("import-roster", "read a roster (.xlsx, .xls, .ods, CSV) into a campaign and report each change")
    roster.add_argument("file", type=Path)
    roster.add_argument("--campaign", required=True, help="its 特征码")
    roster.add_argument("--sheet", default="", help="the sheet, where several of a workbook hold a list")
    roster.add_argument("--dry-run", action="store_true", help="only report what would change; write nothing")
    roster.add_argument("--skip-bad", action="store_true", help="import the good lines of a file that has bad ones")
    command("revoke", "take a station's access away").add_argument("station", help="its name or id")
    reviewer = command("createreviewer", "make a user who reviews; asks for the password")
    reviewer.add_argument("name")
    _add_scope(reviewer, "they see")
    reviewer.add_argument("--admin", action="store_true", help="may also make campaigns, pair stations, import rosters")
    new_keys = command(
        "new-keys", "write a key file for [server] keys or systemd-creds, with the keys of the data folder"
    )
    new_keys.add_argument("file", type=Path, help="outside the data folder; - writes to standard output")
    command("change-keys", "encrypt every secret anew with the key file's first key")
    command("reset-second-factor", "let an administrator whose phone is lost set up another one").add_argument("name")
    show = command("show", "what is stored of a submission, hashed anew from the files")
    show.add_argument("submission")
    show.add_argument("--json", action="store_true")
    return parser


def _add_scope(parser: argparse.ArgumentParser, who: str) -> None:
    """Options that name campaigns; without any, those of the server's only school."""
    several = "may be given several times"
    parser.add_argument(
        "--campaign", action="append", default=[], metavar="CODE", help=f"{who} this collection; {several}"
    )
    parser.add_argument(
        "--school", action="append", default=[], metavar="CODE", help=f"{who} all collections of this school; {several}"
    )
    parser.add_argument("--all", action="store_true", help=f"{who} the collections of all schools")


def _run(args: argparse.Namespace) -> int:
    from server.http.serve import serve

    return _serve_or_fail(
        lambda: serve(args.host, args.port, lambda url: print(f"Zhengguan server: {url}", flush=True)), args
    )


def _demo(args: argparse.Namespace) -> int:
    from django.conf import settings
    from django.utils import timezone

    from server.demo import create_demo_data
    from server.http.serve import serve
    from server.secrets.private_files import write_private
    from server.stations.pairing import new_pairing_code

    demo = create_demo_data(settings.DATA, timezone.now())
    facts = {
        "pairing_code": new_pairing_code(timezone.now()),
        "cards": str(demo.cards),
        "reviewer": demo.reviewer,
        "password": demo.password,
        "data": str(settings.DATA),
    }

    def ready(url: str) -> None:
        print(f"Zhengguan demo server: {url}")
        print(f"  review:       {url}/review/   user {demo.reviewer}   password {demo.password}")
        print(f"  pairing code: {facts['pairing_code']}")
        print(f"  cards:        {demo.cards}", flush=True)
        if args.ready_file:
            write_private(args.ready_file.resolve(), json.dumps({"url": url, **facts}, ensure_ascii=False))

    return _serve_or_fail(lambda: serve(args.host, args.port, ready), args)


def _serve_or_fail(serve: Callable[[], None], args: argparse.Namespace) -> int:
    try:
        serve()
    except (OSError, ValueError) as error:  # ValueError: waitress found no such host
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Problem("server.port", host=args.host, port=args.port, why=why) from error
    return 0


def _check(args: argparse.Namespace) -> int:
    """0 where nothing is wrong or only warnings are, 1 where the server should not be used like this."""
    from server.http.public_address_check import OWN_CA
    from server.installation_check import Level, check_installation

    failed = False
    for result in check_installation(args.ca or (OWN_CA if OWN_CA.exists() else None)):
        failed = failed or result.level is Level.FAILURE
        print(f"{result.level.upper():8} {result.message}", flush=True)
    return int(failed)


def _pair_code(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from server.records.scope import parse_scope
    from server.stations.pairing import new_pairing_code

    print(new_pairing_code(timezone.now(), parse_scope(args.all, args.school, args.campaign)))
    return 0


def _import_roster(args: argparse.Namespace) -> int:
    from server.records.models import Campaign
    from server.records.roster_import.command import run

    campaign = Campaign.objects.filter(pk=args.campaign).first()
    if campaign is None:
        known = ", ".join(Campaign.objects.values_list("code", flat=True)) or "-"
        raise Problem("roster.campaign", code=args.campaign, known=known)
    return run(campaign, args.file, args.sheet, args.skip_bad, args.dry_run)


def _revoke(args: argparse.Namespace) -> int:
    from django.db.models import Q
    from django.utils import timezone

    from server.stations.models import Station
    from server.stations.pairing import revoke

    stations = list(Station.objects.filter(Q(name=args.station) | Q(id=args.station), revoked_at=None))
    if len(stations) != 1:
        raise Problem("stations.not_one", name=args.station, count=len(stations))
    revoke(stations[0], timezone.now())
    print(Problem("stations.revoked", name=stations[0].name))
    return 0


def _create_reviewer(args: argparse.Namespace) -> int:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from server.members.roles import create_reviewer
    from server.members.scope import scope_of
    from server.records.scope import Scope

    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password)
    except ValidationError as error:
        raise Problem("people.password", why=" ".join(error.messages)) from error
    create_reviewer(args.name, password, args.admin, _reviewer_scope(args))
    if args.admin:
        print(Problem("people.second_factor", name=args.name))
    elif scope_of(get_user_model().objects.get(username=args.name)) == Scope():
        print(Problem("people.sees_nothing", name=args.name))
    return 0


def _reviewer_scope(args: argparse.Namespace) -> Scope | None:
    """None: as it is. Without any option a new reviewer of a server with one school works for that; of one without a
    school for nothing yet."""
    from django.contrib.auth import get_user_model

    from server.records.models import School
    from server.records.scope import Scope, parse_scope

    named = args.all or args.school or args.campaign
    if not named and (args.admin or get_user_model().objects.filter(username=args.name).exists()):
        return None
    if not named and not School.objects.exists():
        return Scope()
    return parse_scope(args.all, args.school, args.campaign)


def _reset_second_factor(args: argparse.Namespace) -> int:
    from django.contrib.auth import get_user_model

    from server.second_factor.factor import reset

    user = get_user_model().objects.filter(username=args.name).first()
    if user is None:
        raise Problem("people.unknown", name=args.name)
    reset(user)
    print(Problem("second_factor.was_reset", name=args.name))
    return 0


def _new_keys(args: argparse.Namespace) -> int:
    """Before Django is set up: on a new machine the settings may name a key file that is not there yet."""
    from config.settings.server import server_settings
    from server.secrets.key_store import new_key_file

    named = os.environ.get("ZHENGGUAN_SERVER_DATA") or server_settings(_settings_file()).server.data
    data = Path(named) if named else platformdirs.user_data_path("zhengguan") / "server"
    text = new_key_file(data / "keys")
    if str(args.file) == "-":
        sys.stdout.write(text)
        return 0
    try:
        with os.fdopen(os.open(args.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise Problem("keys.exists", path=args.file) from error
    except OSError as error:
        raise Problem("keys.not_written", path=args.file, why=error.strerror) from error
    print(Problem("keys.made", path=args.file.resolve()))
    return 0


def _settings_file() -> Path | None:
    named = os.environ.get("ZHENGGUAN_SERVER_CONFIG")
    return Path(named) if named else None


def _change_keys(args: argparse.Namespace) -> int:
    from server.secrets.key_rotation import reencrypt_everything

    print(Problem("keys.reencrypted", count=reencrypt_everything()))
    return 0


def _show(args: argparse.Namespace) -> int:
    from server.submissions.intake import picture_store
    from server.submissions.models import Submission
    from server.submissions.store import file_sha256

    submission = Submission.objects.filter(pk=args.submission).first()
    if submission is None:
        raise Problem("submissions.unknown", id=args.submission)
    files = picture_store()
    facts: dict[str, str | None] = {"id": submission.id, "state": submission.state}
    for part in ("shot_sha256", "portrait_sha256"):
        named = getattr(submission, part)
        facts[part] = file_sha256(files.path(named)) if named else None
    print(json.dumps(facts) if args.json else "\n".join(f"{name}: {value}" for name, value in facts.items()))
    return 0


_COMMANDS = {
    "run": _run,
    "check": _check,
    "demo": _demo,
    "pair-code": _pair_code,
    "import-roster": _import_roster,
    "revoke": _revoke,
    "createreviewer": _create_reviewer,
    "change-keys": _change_keys,
    "reset-second-factor": _reset_second_factor,
    "show": _show,
}

if __name__ == "__main__":
    sys.exit(main())
