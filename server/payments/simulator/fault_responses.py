"""The responses to faults, or their absence, that are the same at both gateways."""

from __future__ import annotations

from server.payments.simulator.faults import CallFault
from server.payments.simulator.messages import Cut, Response, Silent, json_response


def answer_before(fault: CallFault | None) -> Response | None:
    """Return the response to a fault after which the gateway does nothing, None for others. Raises Cut and Silent."""
    match fault:
        case CallFault.SERVER_ERROR:
            return json_response(500, {"code": "SYSTEM_ERROR", "message": "SIMULATED"})
        case CallFault.TOO_MANY_REQUESTS:
            return json_response(429, {"code": "FREQUENCY_LIMITED", "message": "SIMULATED"})
        case CallFault.HTML:
            return Response(502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>")
        case CallFault.CUT_BEFORE:
            raise Cut
        case CallFault.SILENT:
            raise Silent
    return None
