"""The OpenAPI description of the station API: additions to what the view signatures express."""

from __future__ import annotations

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from kiosk.upload.envelope import TIME_HEADER, VERSION_HEADER, Rejection, Submission
from kiosk.upload.sheets import PHOTOS_HEADER, REPRINTS_HEADER, SHEETS_HEADER
from server.submissions.piece_requests import LENGTH, OFFSET

Json = dict[str, Any]
COMPONENTS: Final = "#/components/schemas/"
EVERYWHERE: Final = frozenset({400, 404, 405, 413, 421, 500, 503, 507})
"""Rejections that any URL may return: malformed HTTP, failing storage, bugs."""
ERRORS: Final = range(400, 600)
_BYTES: Final = {"type": "integer", "minimum": 0, "maximum": 99_999_999_999}
_FILE: Final = {"type": "string", "format": "binary"}
_REJECTION: Final = {"application/json": {"schema": {"$ref": f"{COMPONENTS}Rejection"}}}


class StationAPI(NinjaAPI):  # type: ignore[misc]
    """Ninja's API; its description also has the envelope and the headers of every response."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Json | None = None) -> OpenAPISchema:
        described = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        envelope = Submission.model_json_schema(ref_template=COMPONENTS + "{model}")
        rejection = Rejection.model_json_schema(ref_template=COMPONENTS + "{model}")
        described["components"]["schemas"].update(envelope.pop("$defs"), Submission=envelope, Rejection=rejection)
        for operations in described["paths"].values():
            for method, operation in operations.items():
                for status, response in operation["responses"].items():
                    response["headers"] = {**response.get("headers", {}), **_RESPONSE_HEADERS}
                    if status in ERRORS and method != "head":
                        response["content"] = _REJECTION
        return described


def responses(kinds: dict[int, Any], *refusals: int) -> dict[Any, Any]:
    """Return `response=`: the body of each success, and the statuses of rejections, including `EVERYWHERE`.

    StationAPI describes the body of a rejection. Ninja would create a class for each operation and status, which takes
    a tenth of the processor time of a start, and would use none of them: ApiError contains the body.
    """
    return {**kinds, EVERYWHERE | set(refusals): None}


def responses_without_body(success: int, *refusals: int) -> dict[Any, Any]:
    """Return the same for HEAD, whose responses have no body."""
    return {EVERYWHERE | {success, *refusals}: None}


def _header(schema: Json) -> Json:
    return {"schema": schema, "required": True}


_RESPONSE_HEADERS: Final = {
    VERSION_HEADER: _header({"type": "integer", "minimum": 1}),
    TIME_HEADER: _header({"type": "string", "format": "date-time"}),
}
_PROGRESS: Final = {OFFSET: _header(_BYTES), LENGTH: _header(_BYTES)}

_TAG: Final = {"headers": {"ETag": _header({"type": "string"})}}

ROSTER: Final[Json] = {"responses": {200: _TAG, 304: _TAG}}
FILE_STATE: Final[Json] = {"responses": {200: {"headers": _PROGRESS}}}
PIECE: Final[Json] = {
    "parameters": [{"in": "header", "name": name, "required": True, "schema": _BYTES} for name in (OFFSET, LENGTH)],
    "requestBody": {"content": {"application/octet-stream": {"schema": _FILE}}},
    "responses": {204: {"headers": _PROGRESS}},
}
SHEET: Final[Json] = {
    "responses": {
        200: {
            "content": {"application/pdf": {"schema": _FILE}},
            "headers": {name: _header(_BYTES) for name in (SHEETS_HEADER, PHOTOS_HEADER, REPRINTS_HEADER)},
        }
    }
}
VISIT: Final[Json] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": f"{COMPONENTS}Submission"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["envelope", "shot"],
                    "properties": {"envelope": {"type": "string"}, "shot": _FILE, "portrait": _FILE},
                }
            },
        },
    }
}
