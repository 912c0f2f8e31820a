"""Create the visit controller from the station's settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from config.machine_speed import slowness
from config.settings.station import StationSettings
from config.standards.registry import PhotoStandard
from kiosk.guidance.coaching.prompts import no_prompts, prompts
from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.code_list import CodeList
from kiosk.identification.code_lookup import CodeLookup
from kiosk.identification.last_four import LastFourCheck
from kiosk.identification.local_codes import LocalCodeResolver
from kiosk.station.pairing import PairingRecord
from kiosk.station.paths import local_time
from kiosk.station.server_connection import ServerConnection
from kiosk.station.storage import UNPAIRED_KEY
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import CampaignPayload
from kiosk.visit.controller import VisitController
from kiosk.visit.options import VisitOptions
from kiosk.visit.ports import Clock, Services
from kiosk.visit.timeouts import VisitTimeouts


def create_controller(
    settings: StationSettings,
    services: Services,
    server: ServerConnection,
    attempts: AttemptCounters,
    standard_of: Callable[[CampaignPayload], PhotoStandard],
) -> VisitController:
    timeouts = VisitTimeouts(**settings.timeouts.model_dump())
    # Recognition takes longer on a slow machine.
    timeouts = replace(timeouts, document=timeouts.document * slowness())
    options = VisitOptions(
        settings.consent.version,
        standard_of,
        settings.camera.burst,
        prompts if settings.prompts.enabled else no_prompts,
        documents_for_staff=settings.documents.confirm == "operator",
    )
    return VisitController(
        services,
        timeouts,
        options,
        Clock(time.monotonic, local_time),
        last_four_check=LastFourCheck(server.last_four_client(), attempts),
        attempts=attempts,
        orders=server.order_requests(),
    )


def create_code_lookup(
    roster: Roster, code_list: CodeList, pairing: PairingRecord | None, student_numbers: bool
) -> CodeLookup:
    """Return the lookup of codes; with `student_numbers`, a code may also be a student number."""
    codes_key = pairing.credentials.effective_codes_key if pairing else UNPAIRED_KEY
    return CodeLookup(roster, (LocalCodeResolver(roster, codes_key), code_list), student_numbers)
