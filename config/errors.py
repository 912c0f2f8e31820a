"""Expected failures. Each has one message for the person who can act on it.

    Problem                    everything expected; a bug is any other exception
    +-- DeviceProblem          a device at the station; another try may help
    |   +-- CameraProblem      hardware.cameras.api
    |   +-- ReaderProblem      hardware.card_reader.api
    |   +-- ScannerProblem     hardware.barcodes.api
    |   +-- DocumentProblem    config.document_reader.api
    |   +-- LightsProblem      hardware.lights.api
    |   +-- PrinterProblem     hardware.printers.api
    +-- PhotoProblem           kiosk.capture.types: an image file, or the disk that stores it
    +-- UploadProblem          kiosk.upload.errors: the server, the connection or the pairing
    +-- RosterProblem          kiosk.upload.roster: this student may not be photographed
    +-- CodeProblem            kiosk.identification.code_resolver: a code names no student

Screens store the message of a problem, not the problem, and compare its id with the sets in kiosk.visit.errors.
"""

from __future__ import annotations

from config.i18n import FALLBACK, translations


class Problem(Exception):
    """An expected failure. `key` is its message id in the catalogues; `values` fill the placeholders.

    The message states what happened, whether the photo is safe, and what to do. `str(problem)` is the English message,
    for logs and terminals; screens call `in_language`.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def in_language(self, language: str = FALLBACK) -> str:
        return translations(language).translate(self.key, **self.values)

    def __str__(self) -> str:
        return self.in_language()

    def __reduce__(self) -> tuple[object, ...]:  # pickles between processes with its values
        return _rebuild, (type(self), self.key, self.values)


class DeviceProblem(Problem):
    """A failure of a device at the station."""


def _rebuild(problem_class: type[Problem], key: str, values: dict[str, object]) -> Problem:
    return problem_class(key, **values)
