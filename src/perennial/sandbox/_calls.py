"""How a call to either platform is received, and how it is answered when a fault is waiting for it."""

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
class Call:
    """A call as it arrived. The user is None where the token is nobody's, the body where it is larger than allowed."""

    platform: str
    operation: str
    user: str | None
    token: str
    headers: Headers
    body: bytes | None
    now: datetime


async def receive(request: Request, platform: str, operation: str, now: datetime) -> Call:
    """Reads a call that bears an access token."""
    token = bearer_token(request)
    body = await read_body(request)
    return Call(platform, operation, user_of_access(token), token, request.headers, body, now)


async def receive_form(request: Request, platform: str, now: datetime) -> tuple[Call, Mapping[str, str]]:
    """Reads a call to a token endpoint, and the fields of its form."""
    body = await read_body(request)
    form = dict(parse_qsl((body or b"").decode(errors="replace")))
    token = form.get("refresh_token", "")
    return Call(platform, TOKEN, user_of_refresh(token), token, request.headers, body, now), form


def bearer_token(request: Request) -> str:
    """The access token that the request bears, or nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def read_body(request: Request) -> bytes | None:
    """The body; None as soon as it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_MAX:
            return None
    return bytes(body)


def is_json(call: Call) -> bool:
    """Whether the body says that it is JSON."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body's JSON object; None for everything else, half of a surrogate pair in it included."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


async def answered(
    state: State, call: Call, act: Callable[[], Response], failure: Callable[[Call, int], Response]
) -> Response:
    """Does what was asked for, unless a fault is waiting. `failure` words the platform's own answer for a status."""
    fault = state.faults.take(call.platform, call.operation, call.user, call.token)
    if fault is None:
        return act()
    if fault.after_accepting:
        response = act()
        await asyncio.sleep(fault.delay_seconds)
    else:
        await asyncio.sleep(fault.delay_seconds)
        response = act() if _only_delays(fault) else Response()
    return response if _only_delays(fault) else _faulty(fault, call, failure)


def _only_delays(fault: Fault) -> bool:
    return not (fault.status or fault.close or fault.rubbish)


def _faulty(fault: Fault, call: Call, failure: Callable[[Call, int], Response]) -> Response:
    if fault.close:
        return Dropped()
    response = _fault_answer(fault, fault.status or 200, call, failure)
    response.headers.update(fault.headers)
    return response


def _fault_answer(fault: Fault, status: int, call: Call, failure: Callable[[Call, int], Response]) -> Response:
    if status in (204, 304):
        return Response(status_code=status)
    if isinstance(fault.body, str):
        return Response(fault.body, status, media_type="text/plain")
    if fault.body is not None:
        return JSONResponse(fault.body, status)
    if fault.rubbish:
        return Response(RUBBISH, status, media_type="text/html")
    return JSONResponse({}, status) if status < 400 else failure(call, status)
