"""Reads the calls to either platform, and responds to them as a pending fault demands."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from perennial.sandbox._state import State
from perennial.sandbox._tokens import user_of_access, user_of_refresh
from perennial.sandbox.faults.drop import Dropped
from perennial.sandbox.faults.faults import TOKEN, Fault

BODY_MAX = 64 * 1024

RUBBISH = b"<html><body>One moment, please."


@dataclass(frozen=True)
class ApiCall:
    """A call to a platform. The user is None if the token is invalid, the body if it is larger than BODY_MAX."""

    platform: str
    operation: str
    user: str | None
    token: str
    headers: Headers
    body: bytes | None
    now: datetime


async def receive(request: Request, platform: str, operation: str, now: datetime) -> ApiCall:
    """Reads a call with an access token in its Authorization header."""
    token = bearer_token(request)
    body = await read_body(request)
    return ApiCall(platform, operation, user_of_access(token), token, request.headers, body, now)


async def receive_form(request: Request, platform: str, now: datetime) -> tuple[ApiCall, Mapping[str, str]]:
    """Reads a call to a token endpoint, and the fields of its form."""
    body = await read_body(request)
    form = dict(parse_qsl((body or b"").decode(errors="replace")))
    token = form.get("refresh_token", "")
    return ApiCall(platform, TOKEN, user_of_refresh(token), token, request.headers, body, now), form


def bearer_token(request: Request) -> str:
    """The access token of the request; an empty string if it has none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def read_body(request: Request) -> bytes | None:
    """Reads the body; returns None as soon as it is larger than BODY_MAX."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            return None
    return bytes(body)


def is_json(call: ApiCall) -> bool:
    """Whether the content type is JSON."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body's JSON object; None for anything else, and for one that holds half of a surrogate pair."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


async def respond(
    state: State, call: ApiCall, handle: Callable[[], Response], failure: Callable[[ApiCall, int], Response]
) -> Response:
    """Handles the call, unless a fault is pending for it. `failure` builds the platform's own error for a status."""
    fault = state.faults.take(call.platform, call.operation, call.user, call.token)
    if fault is None:
        return handle()
    if fault.after_accepting:
        response = handle()
        await asyncio.sleep(fault.delay_seconds)
    else:
        await asyncio.sleep(fault.delay_seconds)
        response = handle() if _only_delays(fault) else Response()
    return response if _only_delays(fault) else _faulty_response(fault, call, failure)


def _only_delays(fault: Fault) -> bool:
    return not (fault.status or fault.close or fault.rubbish)


def _faulty_response(fault: Fault, call: ApiCall, failure: Callable[[ApiCall, int], Response]) -> Response:
    if fault.close:
        return Dropped()
    response = _fault_response(fault, fault.status or 200, call, failure)
    response.headers.update(fault.headers)
    return response


def _fault_response(fault: Fault, status: int, call: ApiCall, failure: Callable[[ApiCall, int], Response]) -> Response:
    if status in (204, 304):
        return Response(status_code=status)
    if isinstance(fault.body, str):
        return Response(fault.body, status, media_type="text/plain")
    if fault.body is not None:
        return JSONResponse(fault.body, status)
    if fault.rubbish:
        return Response(RUBBISH, status, media_type="text/html")
    return JSONResponse({}, status) if status < 400 else failure(call, status)
