"""X: checks and publishes a post."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from perennial.sandbox._calls import ApiCall, is_json, json_object
from perennial.sandbox._post_store import PublishedPost
from perennial.sandbox._request_log import LoggedRequest
from perennial.sandbox._settings import X
from perennial.sandbox._state import State
from perennial.sandbox.x._responses import DUPLICATE, NOT_PERMITTED, invalid_request, post_object, problem, rate_limited
from perennial.sandbox.x._weighted_text import has_invalid_characters, is_too_long

KEYS = frozenset(
    {"text", "media", "reply", "poll", "quote_tweet_id", "reply_settings", "geo", "direct_message_deep_link"}
    | {"for_super_followers_only", "nullcast", "community_id", "card_uri", "edit_options", "share_with_followers"}
    | {"made_with_ai", "paid_partnership"}
)


def create(state: State, call: ApiCall, logged: LoggedRequest) -> Response:
    """Publishes a post, or returns the error that says why not; either has the user's rate limit headers."""
    if call.user is None:
        return problem(401)
    window = state.rates.count(X, call.user, state.settings.rate_limit[X], call.now)
    if window is None:
        return _publish(state, call, call.user, logged)
    response = rate_limited() if window.exceeded else _publish(state, call, call.user, logged)
    response.headers.update(window.headers)
    return response


def text_of(call: ApiCall) -> str | None:
    """The text of the call's post; None if the body has none."""
    text = (json_object(call.body or b"") or {}).get("text")
    return text if isinstance(text, str) else None


def _publish(state: State, call: ApiCall, user: str, logged: LoggedRequest) -> Response:
    if call.body is None:
        return problem(413)
    if not is_json(call):
        return problem(415)
    body = json_object(call.body)
    if (error_text := _validation_error(body)) or body is None:
        return invalid_request(error_text or "The request body is not a JSON object.")
    text: str = body["text"]
    if is_too_long(text):
        return problem(403, NOT_PERMITTED)
    if state.duplicate_of(X, user, text, call.now):
        return problem(403, DUPLICATE)
    return _store(state, call, user, text, logged)


def _validation_error(body: Mapping[str, Any] | None) -> str | None:
    if body is None:
        return None
    for key in body:
        if key not in KEYS:
            return f"[{key}] is not a valid field"
    if body.get("media") is not None:
        return "Your media IDs are invalid."  # the sandbox takes no uploads, so no media id is valid
    if not isinstance(body.get("text"), str) or not body["text"].strip():
        return "[text] must be a string that is not empty"
    if has_invalid_characters(body["text"]):
        return "[text] has characters that are not allowed"
    return None


def _store(state: State, call: ApiCall, user: str, text: str, logged: LoggedRequest) -> Response:
    post_id = str(state.posts.next_number(X, call.now))
    post = PublishedPost(X, user, text, f"https://x.com/{quote(user, safe='')}/status/{post_id}", call.now, post_id)
    state.posts.add(post)
    logged.accepted = True
    return JSONResponse({"data": post_object(post)}, 201)
