"""The two modes of the demo: played by a person on a screen, or automatic."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config.settings.station import StationSettings, station_settings
from hardware.simulators.card_reader import SimulatedCardReader
from kiosk.app import App
from kiosk.station.operator_pin import DEMO_PIN
from kiosk.station.pairing import pair
from kiosk.tools.demo.cards import DemoCard, read_cards, select_examples
from kiosk.tools.demo.server import DemoServer
from kiosk.tools.demo.walk import Walk
from kiosk.tools.demo.walk_result import WalkResult
from kiosk.ui.qt_application import keep_until_exit, prepare_qt
from kiosk.ui.widgets.simulator_panel import SimulatorPanel
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step

SCENES = (
    "empty",
    "right",
    "off_centre",
    "too_near",
    "tilted",
    "turned",
    "half_dark",
    "wall_shadow",
    "eyes_shut",
    "mouth_open",
    "two_people",
)


def play(arguments: argparse.Namespace, server: DemoServer, folder: Path) -> int:
    """Run fullscreen, with a drawer that puts cards on the reader and moves the person in the studio."""
    application = prepare_qt()
    with _demo_station(arguments, server, folder) as (app, reader, cards):
        shown = select_examples(cards)
        panel = SimulatorPanel([card.label for card in shown], SCENES)
        panel.card_placed.connect(lambda place: reader.place_card(*shown[place].reader_fields))
        panel.card_removed.connect(reader.take_card)
        panel.scene_chosen.connect(lambda scene: app.station.camera.send_command(f"scene {scene}"))
        panel.play_requested.connect(lambda: app.station.camera.send_command("play"))
        app.window.attach_simulator(panel)
        panel.toggle()  # open at the start, because a fullscreen kiosk hides the terminal with the instructions
        app.add_step_listener(_SimulatedStudent(app, reader, panel).on_visit_changed)
        app.window.quit_requested.connect(application.quit)
        print("Open the drawer at the right edge (or press F2) to put a card on the reader.")
        print(f"To quit: tap the top left corner five times, PIN {DEMO_PIN}.", flush=True)
        app.start()
        return int(application.exec_())


class _SimulatedStudent:
    """The student of the simulated studio: comes when posing begins, makes every mistake once, leaves at the end.

    The drawer is open while a card is needed, and closed during posing.
    """

    def __init__(self, app: App, reader: SimulatedCardReader, panel: SimulatorPanel) -> None:
        self._app, self._reader, self._panel = app, reader, panel
        self._previous_step = Step.IDLE

    def on_visit_changed(self, visit: VisitState) -> None:
        if self._previous_step in (Step.CONSENT, Step.PREPARE) and visit.step is Step.POSE:
            self._app.station.camera.send_command("play")
        elif visit.step in (Step.DONE, Step.IDLE):
            self._reader.take_card()
            self._app.station.camera.send_command("scene empty")
        should_be_open = {Step.IDLE: True, Step.CONSENT: False}.get(visit.step, self._panel.is_open)
        if should_be_open is not self._panel.is_open:
            self._panel.toggle()
        self._previous_step = visit.step


def walk(arguments: argparse.Namespace, server: DemoServer, folder: Path) -> int:
    """Run the visit automatically; return 0 only if the server has the portrait that the station made."""
    application = prepare_qt()
    results: list[WalkResult] = []
    with _demo_station(arguments, server, folder) as (app, reader, cards):
        app.start(arguments.size)
        by_note = {card.note: card for card in reversed(cards)}
        walking = Walk(app, reader, by_note, folder / "pictures", lambda line: print(line, flush=True))

        def end(result: WalkResult) -> None:
            results.append(result)
            application.quit()

        walking.start(end)
        application.exec_()
    if not results:
        print("The visit was stopped before its end.")
        return 1
    return _report(results[0], server, folder)


def _report(result: WalkResult, server: DemoServer, folder: Path) -> int:
    if result.error or result.portrait is None or result.submission is None:
        print(f"The visit did not continue: {result.error}\nThe pictures so far: {folder / 'pictures'}")
        return 1
    stored = server.stored_submission(result.submission)
    made_sha256 = result.portrait.sha256
    files = {"portrait.jpg": result.portrait.jpeg, "shot.jpg": result.shot}
    files["recipe.json"] = json.dumps(result.portrait.recipe, indent=2, ensure_ascii=False).encode("utf-8")
    files["server-answer.json"] = json.dumps(stored, indent=2).encode("utf-8")
    files["seconds.json"] = json.dumps(result.seconds, indent=2).encode("utf-8")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    print(f"\nPictures of every screen  {folder / 'pictures'}")
    for name in files:
        print(f"{name:<25} {folder / name}")
    for name, seconds in result.seconds.items():
        print(f"{name:<40} {seconds:6.2f} s")
    same = stored["portrait_sha256"] == made_sha256
    print(f"\nportrait made   {made_sha256}\nportrait stored {stored['portrait_sha256']}")
    print("The server holds the portrait that the station made." if same else "THE SERVER HOLDS ANOTHER PORTRAIT.")
    return 0 if same else 1


@contextmanager
def _demo_station(
    arguments: argparse.Namespace, server: DemoServer, folder: Path
) -> Iterator[tuple[App, SimulatedCardReader, tuple[DemoCard, ...]]]:
    """Provide a paired station with a simulated reader; close both at the end."""
    with ExitStack() as stack:
        reader = SimulatedCardReader()
        reader.start()
        stack.callback(reader.stop)
        settings = _settings(arguments, reader.port)
        pair(settings, folder / "station", server.url, server.pairing_code)
        app = keep_until_exit(App(settings, folder / "station", simulated=True))
        stack.callback(app.close)
        yield app, reader, read_cards(server.cards)


def _settings(arguments: argparse.Namespace, port: str) -> StationSettings:
    return station_settings(
        camera={"driver": arguments.camera},
        card_reader={"port": port},
        station={"language": arguments.language},
        server={"allow_http": True},
    )
