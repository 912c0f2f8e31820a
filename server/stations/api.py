"""The station API; its types are in kiosk.upload (envelope, roster_payload, heartbeat, order, sheets)."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path

from kiosk.upload.envelope import LastFourAnswer, Pairing, Sha256, SubmissionReceipt
from kiosk.upload.heartbeat import Heartbeat
from kiosk.upload.order import CashPayment, OrderPayload
from kiosk.upload.roster_payload import RosterPayload
from kiosk.upload.sheets import SheetChoices, SheetRequest, SheetStudents
from kiosk.upload.wire_types import Key
from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.throttle import Throttle, throttle_address
from server.proof.station_keys import register_signing_key
from server.stations import description, files, last_four, orders, pairing, sheets
from server.stations.description import StationAPI, responses, responses_without_body
from server.stations.error_answers import add_error_handlers
from server.stations.heartbeats import store_heartbeat
from server.stations.models import Station
from server.stations.requests import LastFourRequest, PairRequest, StationRequest, StationToken, base_url, wire_version
from server.stations.roster import progress_base, progress_url
from server.stations.roster_response import roster_response
from server.submissions.clock import run_due_transitions
from server.submissions.intake import ingest, read_envelope
from server.submissions.models import Submission

log = logging.getLogger(__name__)

api = StationAPI(title="Zhengguan stations", version="1", urls_namespace="station", docs_url=None, openapi_url=None)


@api.post("pair", response=responses({200: Pairing}, 403, 422, 429))
def pair(request: HttpRequest, body: PairRequest) -> Pairing:
    throttle, who = Throttle("pairing", settings.APP.throttle.pairing_tries), throttle_address(request)
    if not throttle.allow(who):
        raise ApiError("refused.too_many_tries", minutes=settings.APP.throttle.window_minutes)
    try:
        paired = pairing.pair(body.code, body.name, timezone.now(), request)
    except ApiError as api_error:
        log.warning("pairing failed (%s) from %s", api_error.reason, who)
        record(Action.PAIRING_FAILED, request=request, reason=api_error.reason)
        raise
    throttle.give_back(who)
    return paired


@api.get(
    "roster",
    auth=StationToken(),
    response=responses({200: RosterPayload, 304: None}, 401),
    openapi_extra=description.ROSTER,
)
def expected_students(request: StationRequest) -> HttpResponse:
    run_due_transitions(timezone.now())  # a rejected student is expected again
    wire = wire_version(request)
    if wire != request.auth.wire_version:
        Station.objects.filter(pk=request.auth.pk).update(wire_version=wire)
    return roster_response(request, request.auth, wire, timezone.now(), base_url(request))


@api.post("heartbeat", auth=StationToken(), response=responses({204: None}, 401, 422))
def heartbeat(request: StationRequest, body: Heartbeat) -> HttpResponse:
    """The station's state; only the latest is stored. The key with which it signs is recorded."""
    store_heartbeat(request.auth, body, timezone.now())
    if body.signing_key is not None:
        register_signing_key(request.auth, body.signing_key, timezone.now())
    return HttpResponse(status=204)


@api.api_operation(
    ["HEAD"],
    "files/{sha256}",
    auth=StationToken(),
    response=responses_without_body(200, 401, 422),
    openapi_extra=description.FILE_STATE,
)
def file_offset(request: StationRequest, sha256: Path[Sha256]) -> HttpResponse:
    """`Upload-Offset`: how many bytes of the file with this hash the server has from this station."""
    return files.file_state_response(request.auth, sha256)


@api.patch(
    "files/{sha256}",
    auth=StationToken(),
    response=responses({204: None}, 401, 409, 422),
    openapi_extra=description.PIECE,
)
def file_piece(request: StationRequest, sha256: Path[Sha256]) -> HttpResponse:
    """The body is the piece that starts at the header `Upload-Offset`; `Upload-Length` is the size of the complete
    file."""
    return files.store_piece(request, request.auth, sha256)


@api.post("students/{student}/last-four", auth=StationToken(), response=responses({200: LastFourAnswer}, 401, 422))
def check_last_four(request: StationRequest, student: Path[Key], body: LastFourRequest) -> LastFourAnswer:
    """The response is the same for a student unknown to the station as for wrong characters."""
    return last_four.check_last_four(request.auth, student, body.last_four, timezone.now())


@api.get("students/{student}/order", auth=StationToken(), response=responses({200: OrderPayload}, 401, 422))
def student_order(request: StationRequest, student: Path[Key]) -> OrderPayload:
    """The state of the order, for a station that waits for the payment."""
    return orders.order_state(request.auth, student, timezone.now())


@api.post("students/{student}/order/codes", auth=StationToken(), response=responses({200: OrderPayload}, 401, 422))
def order_codes(request: StationRequest, student: Path[Key]) -> OrderPayload:
    """The order with the codes of all gateways that answer."""
    return orders.start_codes(request.auth, student, base_url(request), timezone.now())


@api.post("students/{student}/order/cash", auth=StationToken(), response=responses({200: OrderPayload}, 401, 422))
def order_cash(request: StationRequest, student: Path[Key], body: CashPayment) -> OrderPayload:
    """Cash that the operator took; repeated, it changes nothing."""
    payload = orders.pay_cash(request.auth, student, body, timezone.now())
    record(
        Action.RECORD_CHANGED, f"student {student}", station_name=request.auth.name, change="cash", state=payload.state
    )
    return payload


@api.get("sheets", auth=StationToken(), response=responses({200: SheetChoices}, 401, 422))
def sheet_choices(request: StationRequest) -> SheetChoices:
    """The sheets and classes that this station may print."""
    return sheets.sheet_choices(request.auth, timezone.now())


@api.get("sheets/students", auth=StationToken(), response=responses({200: SheetStudents}, 401, 422))
def sheet_students(request: StationRequest, campaign: Key, class_name: Key = "") -> SheetStudents:
    """The students of one class whose portraits may be printed."""
    return sheets.sheet_students(request.auth, campaign, class_name, timezone.now())


@api.post("sheets", auth=StationToken(), response=responses({200: None}, 401, 422), openapi_extra=description.SHEET)
def sheet(request: StationRequest, body: SheetRequest) -> HttpResponse:
    """The PDF of the sheets; it counts as printed."""
    return sheets.sheet_pdf(request.auth, body, timezone.now())


@api.post(
    "submissions",
    auth=StationToken(),
    response=responses({200: SubmissionReceipt}, 401, 409, 422),
    openapi_extra=description.VISIT,
)
def submit(request: StationRequest) -> SubmissionReceipt:
    """Respond with the hashes of the stored files, after they are stored.

    JSON: the envelope; its files were sent before. A multipart form, as 86a4649 sends it: `envelope`, `shot`, and
    `portrait` if there is one.
    """
    incoming = files.incoming_submission(request, request.auth)
    submission = ingest(incoming, request.auth, timezone.now())
    files.discard_pieces(request.auth, submission)
    return SubmissionReceipt(
        id=submission.id,
        state=submission.state,
        shot_sha256=submission.shot_sha256,
        portrait_sha256=submission.submitted_portrait_sha256,
        progress_url=_progress_url(request, incoming.envelope, submission),
    )


def _progress_url(request: HttpRequest, envelope: str, submission: Submission) -> str:
    """Use the station's own token if it sent one; otherwise the older token, for stations that received it before."""
    token = read_envelope(envelope).progress_token
    if token is not None:
        return progress_base(base_url(request)) + token
    return progress_url(submission.student, base_url(request))


add_error_handlers(api)
