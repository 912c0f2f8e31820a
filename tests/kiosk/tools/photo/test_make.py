"""`zhengguan photo make` as a school office uses it: folders with good, bad and odd files."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture.isolated_decoding.decoder import IsolatedDecoder
from kiosk.tools.photo.job import BatchOptions, Job
from kiosk.tools.photo.output_folder import sheet_name
from kiosk.tools.photo.page_server.archive import ArchiveState
from kiosk.tools.photo.page_server.body import Body
from kiosk.tools.photo.page_server.photo import PageSettings
from kiosk.tools.photo.page_server.portrait_jobs import draw_sheet, engine
from kiosk.tools.photo.page_server.session import Session
from kiosk.tools.photo.shots import HEAD_BYTES, is_picture, is_system_file
from kiosk.tools.photo.worker import PortraitWorker
from tests.child_processes import command_line
from tests.kiosk.tools.photo.conftest import TIMEOUT_S, Command, SmallShot
from tests.waiting import eventually

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("small_typeface")]

Start = Callable[..., Command]
BAD_SHOTS = ("cut off.jpg", "nobody.jpg", "nothing.jpg", "text.jpg")
GOOD_SHOTS = ("IMG_9.jpg", "IMG_10.png", "IMG_10.jpg", "班级 [1].jpg")


@dataclass(frozen=True)
class Run:
    """A folder of shots, and the files and output of the command."""

    shots: Path
    out: Path
    before: dict[Path, str]
    files: dict[str, bytes]
    status: int
    stdout: str
    stderr: str


def hashes(folder: Path) -> dict[Path, str]:
    return {path: sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def submit_here(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Run a job of the page in this process."""
    future: Future[Any] = Future()
    future.set_result(function(*arguments))
    return future


def create_shots(folder: Path, small_shot: SmallShot) -> None:
    folder.mkdir()
    for name in GOOD_SHOTS:
        (folder / name).write_bytes(small_shot("right", "PNG" if name.endswith("png") else "JPEG"))
    (folder / "cut off.jpg").write_bytes(small_shot()[:90_000])
    (folder / "nobody.jpg").write_bytes(small_shot("empty"))
    (folder / "nothing.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("a list of names", encoding="utf-8")
    for name in ("raw.CR2", ".hidden.jpg", "Thumbs.db"):
        (folder / name).write_bytes(small_shot()[:5000])
    (folder / "notes.txt").write_text("a list of names", encoding="utf-8")
    (folder / "second day").mkdir()
    (folder / "second day" / "IMG_9.jpg").write_bytes(small_shot())


@pytest.fixture(scope="module")
def run(small_shot: SmallShot, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The command on a folder from `create_shots`, in English, with its output in a folder inside."""
    shots = tmp_path_factory.mktemp("office") / "shots"
    create_shots(shots, small_shot)
    before = hashes(shots)
    command = Command("make", shots, "--out", shots / "portraits", "--language", "en")
    ended, out = command.wait(), shots / "portraits"
    files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    return Run(shots, out, before, files, *ended)


def portraits(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.rglob("*.jpg"))


def test_every_good_shot_has_its_portrait_and_recipe(run: Run) -> None:
    assert run.status == 1, run.stderr
    assert portraits(run.out) == sorted(["IMG_9.jpg", "IMG_10.jpg", "IMG_10-png.jpg", "班级 [1].jpg"])
    for name in portraits(run.out):
        recipe = json.loads((run.out / "recipes" / name).with_suffix(".json").read_text(encoding="utf-8"))
        assert recipe["portrait"]["sha256"] == sha256((run.out / name).read_bytes()).hexdigest()
        assert recipe["verdicts"]
        with Image.open(run.out / name) as image:
            assert image.size == (480, 640)


def test_a_recipe_names_the_shot_by_its_hash_and_nobody_by_name(run: Run) -> None:
    text = (run.out / "recipes" / "班级 [1].json").read_text(encoding="utf-8")
    assert run.before[run.shots / "班级 [1].jpg"] in text
    assert not any(part in text for part in ("班级", "shots", "portraits", str(run.out.parent)))


def test_shots_are_never_changed_and_nothing_half_written_stays(run: Run) -> None:
    after = hashes(run.shots)
    assert {path: after[path] for path in run.before} == run.before
    assert not [path for path in run.out.rglob(".*")]


def test_each_failure_is_one_line_that_names_the_file(run: Run) -> None:
    lines = run.stdout.splitlines()
    for name in BAD_SHOTS:
        reported = [line for line in lines if line.startswith(f"  {name}: ")]
        assert len(reported) == 1, f"{name}: {lines}"
        assert reported[0].rstrip().endswith(".")
    assert "Shots without a portrait: 4" in lines
    assert "Portraits made: 4. Made before: 0." in run.stdout
    assert not run.stderr


def test_files_that_are_no_pictures_are_counted_and_hidden_files_are_not(run: Run) -> None:
    assert "cannot be opened here as pictures: 2 (.txt 1, .cr2 1)" in run.stdout
    assert "hidden" not in run.stdout
    assert "Thumbs" not in run.stdout


def test_in_a_pipe_there_are_plain_lines(run: Run) -> None:
    assert all(sign.isprintable() or sign == "\n" for sign in run.stdout)
    order = [line.split()[1] for line in run.stdout.splitlines() if line.startswith("made")]
    assert sorted(order) == sorted(["IMG_9.jpg", "IMG_10.jpg", "IMG_10.png", "班级"])


def test_the_report_opens_in_excel_with_every_shot(run: Run) -> None:
    data = (run.out / "report.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    shots = [row[0] for row in rows[1:]]
    assert set(shots) == {*GOOD_SHOTS, *BAD_SHOTS}
    assert shots.index("IMG_9.jpg") < shots.index("IMG_10.jpg")
    assert {row[0] for row in rows if row[2] == "no portrait"} == set(BAD_SHOTS)


def test_a_second_run_makes_only_the_missing_portraits(run: Run, start: Start) -> None:
    (run.out / "IMG_9.jpg").unlink()
    (run.out / "IMG_10.jpg").write_bytes((run.out / "IMG_10.jpg").read_bytes()[:-1])
    before = {name: (run.out / name).stat().st_mtime_ns for name in portraits(run.out)}
    _, output, _ = start("make", run.shots, "--out", run.out, "--language", "zh_CN", "--json", "--jobs", 1).wait()
    results = {shot["shot"]: shot["result"] for shot in json.loads(output)["shots"]}
    assert {name for name, result in results.items() if result == "made"} == {"IMG_9.jpg", "IMG_10.jpg"}
    assert {name for name, result in results.items() if result == "kept"} == {"IMG_10.png", "班级 [1].jpg"}
    after = {name: (run.out / name).stat().st_mtime_ns for name in portraits(run.out)}
    assert {name for name in before if before[name] == after[name]} == {"IMG_10-png.jpg", "班级 [1].jpg"}
    with Image.open(run.out / "IMG_10.jpg") as image:
        image.load()


def test_sub_folders_keep_their_structure_and_foreign_files_are_not_changed(
    small_shot: SmallShot, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "shots" / "day 2" / "group").mkdir(parents=True)
    (tmp_path / "shots" / "day 2" / "group" / "a.jpg").write_bytes(small_shot())
    (tmp_path / "shots" / "b.jpg").write_bytes(small_shot())
    out = tmp_path / "shots" / "out"
    out.mkdir()
    (out / "b.jpg").write_bytes(b"somebody's own")
    status, output, _ = start(
        "make", out.parent, "--out", out, "--recursive", "--background", "white", "--jobs", 1
    ).wait()
    assert portraits(out) == ["b.jpg", "day 2/group/a.jpg"]
    with Image.open(out / "day 2" / "group" / "a.jpg") as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)
    assert (out / "b.jpg").read_bytes() == b"somebody's own"
    assert status == 1
    assert "  b.jpg: In the folder for portraits there is already a file called b.jpg" in output


def create_numbered_shots(folder: Path, small_shot: SmallShot, count: int = 3) -> Path:
    folder.mkdir()
    for number in range(1, count + 1):
        (folder / f"{number}.jpg").write_bytes(small_shot())
    return folder


def workers(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children() if "spawn_main" in " ".join(command_line(child))]


def test_killed_in_the_middle_it_continues_where_it_was(small_shot: SmallShot, start: Start, tmp_path: Path) -> None:
    shots, out = create_numbered_shots(tmp_path / "shots", small_shot), tmp_path / "out"
    command = start("make", shots, "--out", out, "--jobs", 1)
    command.wait_until((out / "1.jpg").exists)
    running = workers(command.pid)
    assert running
    command.kill()
    eventually(lambda: not any(worker.is_running() and worker.status() != "zombie" for worker in running))
    first = (out / "1.jpg").stat().st_mtime_ns
    assert not (out / "3.jpg").exists(), "control: the command was killed before its end"
    assert not (out / "report.csv").exists()
    (out / "recipes" / ".2.json.99.zhengguan-part").write_bytes(b"{")  # as after a power cut
    _, _, errors = start("make", shots, "--out", out, "--language", "en", "--jobs", 1).wait()
    assert portraits(out) == ["1.jpg", "2.jpg", "3.jpg"], errors
    assert (out / "1.jpg").stat().st_mtime_ns == first
    assert not [path for path in out.rglob(".*")]
    assert len({(out / name).read_bytes() for name in portraits(out)}) == 1


def test_ctrl_c_keeps_what_is_finished(small_shot: SmallShot, start: Start, tmp_path: Path) -> None:
    shots, out = create_numbered_shots(tmp_path / "shots", small_shot, count=9), tmp_path / "out"
    command = start("make", shots, "--out", out, "--jobs", 1, "--language", "en")
    command.wait_until((out / "1.jpg").exists)
    command.interrupt()
    status, output, errors = command.wait()
    assert status == 130
    assert "run the same command again" in output
    assert errors == ""
    assert "1.jpg" in portraits(out)
    assert "9.jpg" not in portraits(out), "control: the command was stopped before its end"
    assert (out / "report.csv").exists()
    assert not [path for path in out.rglob(".*")]


def test_a_worker_that_crashes_costs_its_own_shot(small_shot: SmallShot, start: Start, tmp_path: Path) -> None:
    shots, out = create_numbered_shots(tmp_path / "shots", small_shot), tmp_path / "out"
    command = start("make", shots, "--out", out, "--jobs", 1, "--language", "en")
    command.wait_until((out / "1.jpg").exists)
    for worker in workers(command.pid):
        worker.kill()
    status, output, errors = command.wait()
    assert status == 1
    assert output.count("The photo engine stopped while it worked on this shot") == 1, errors
    assert len(portraits(out)) == 2


def test_the_page_makes_the_same_bytes_as_the_command(run: Run, tmp_path: Path) -> None:
    """From the same shots, the zip file of `zhengguan photo page` equals the output folder of `make`."""
    session = Session(PageSettings(load_standard("chsi")), tmp_path, (submit_here,), IsolatedDecoder())
    for path in sorted(path for path in run.before if path.parent == run.shots):
        content = path.read_bytes()
        if is_picture(path, content[:HEAD_BYTES]) and not is_system_file(path.name):
            session.uploads.receive(quote(path.name), Body(io.BytesIO(content), len(content)))
    eventually(lambda: not session.collection.is_busy, timeout=TIMEOUT_S)
    session.archive.start(with_sheets=False, language="en")
    eventually(lambda: session.archive.status.state is ArchiveState.READY)
    with zipfile.ZipFile(session.archive.path) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    assert files == run.files

    place, photo = next((at, each) for at, each in enumerate(session.collection.photos()) if each.portrait is not None)
    assert photo.portrait is not None
    assert photo.portrait.head is not None
    first = session.folders.portrait(photo.portrait.path).read_bytes()
    crop = photo.portrait.crop
    same = {"centre": [crop.left + crop.width / 2, crop.top + crop.height / 2], "width": crop.width}
    session.request_crop(photo.id, same)
    eventually(lambda: not session.collection.is_busy, timeout=TIMEOUT_S)
    again = session.collection.photos()[place]
    assert again.portrait is not None
    assert again.portrait.adjusted, again.notice
    assert session.folders.portrait(again.portrait.path).read_bytes() == first

    options = BatchOptions(tmp_path / "own", load_standard("chsi"), "en", draw_sheets=True)
    result = PortraitWorker(options, engine(False)).run(Job(run.shots / photo.name, photo.name, str(photo.name)))
    assert result.problem is None
    sheet = tmp_path / "own" / sheet_name(photo.name)
    page_options = session.production.options(session.collection.settings, "en")
    drawn = draw_sheet(page_options, session.folders.portrait(again.portrait.path), photo.name.name)
    assert drawn == sheet.read_bytes()
    session.close()
