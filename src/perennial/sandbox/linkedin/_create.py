"""LinkedIn: checks and publishes a post."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from perennial.sandbox._calls import ApiCall, is_json, json_object
from perennial.sandbox._post_store import PublishedPost
from perennial.sandbox._request_log import LoggedRequest
from perennial.sandbox._settings import LINKEDIN
from perennial.sandbox._state import State
from perennial.sandbox.linkedin._little_text import visible_text
from perennial.sandbox.linkedin._responses import (
    LENGTH_MAX,
    access_denied,
    author_urn,
    duplicate,
    error,
    inactive_version,
    invalid_field,
    invalid_token,
    missing_field,
    throttled,
    too_long,
)

OLDEST_VERSION = "202604"
NEWEST_KNOWN_VERSION = "202609"

REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN")
FEEDS = ("MAIN_FEED", "NONE")


def create(state: State, call: ApiCall, logged: LoggedRequest) -> Response:
    """Publishes a post, or returns the error that says why not."""
    if call.user is None:
        return invalid_token()
    if invalid := header_error(call):
        return invalid
    window = state.rates.count(LINKEDIN, call.user, state.settings.rate_limit[LINKEDIN], call.now)
    if window and window.exceeded:
        return throttled()
    return _publish(state, call, call.user, logged)


def text_of(call: ApiCall) -> str | None:
    """The text of the call's post as a reader would see it; None if the body has none."""
    commentary = (json_object(call.body or b"") or {}).get("commentary")
    return visible_text(commentary) if isinstance(commentary, str) else None


def header_error(call: ApiCall) -> Response | None:
    """The error for the call's version headers; None if they are valid."""
    version = call.headers.get("linkedin-version", "")
    newest = max(NEWEST_KNOWN_VERSION, call.now.strftime("%Y%m"))
    if not version:
        message = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        return error(400, message, code="VERSION_MISSING")
    if not re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", version, re.ASCII):
        return error(400, "The LinkedIn-Version header must have the form YYYYMM.", code="VERSION_INVALID")
    if not OLDEST_VERSION <= version <= newest:
        return inactive_version(version)
    if call.headers.get("x-restli-protocol-version") != "2.0.0":
        return error(400, "The X-RestLi-Protocol-Version header must be 2.0.0.")
    return None


def _publish(state: State, call: ApiCall, user: str, logged: LoggedRequest) -> Response:
    if call.body is None:
        return error(413)
    if not is_json(call):
        return error(415)
    body = json_object(call.body)
    if body is None:
        return error(400, "The request body is not a JSON object.")
    return _validation_error(body, user) or _store(state, call, user, body["commentary"], logged)


def _validation_error(body: Mapping[str, Any], user: str) -> Response | None:
    for name in REQUIRED:
        if body.get(name) is None:
            return missing_field(name)
    if body["author"] != author_urn(user):
        return access_denied("partnerApiPostsExternal.CREATE")
    distribution = body["distribution"]
    feed = distribution.get("feedDistribution") if isinstance(distribution, dict) else None
    for name, value, good in (
        ("commentary", body["commentary"], isinstance(body["commentary"], str)),
        ("visibility", body["visibility"], body["visibility"] in VISIBILITIES),
        ("lifecycleState", body["lifecycleState"], body["lifecycleState"] == "PUBLISHED"),
        ("distribution/feedDistribution", feed, feed in FEEDS),
    ):
        if not good:
            return invalid_field(name, value)
    return None


def _store(state: State, call: ApiCall, user: str, commentary: str, logged: LoggedRequest) -> Response:
    length = len(commentary.encode("utf-16-le")) // 2  # counts an emoji as two, which is the stricter reading
    if length > LENGTH_MAX:
        return too_long(length)
    text = visible_text(commentary)
    if earlier := state.duplicate_of(LINKEDIN, user, text, call.now):
        return duplicate(earlier.id)
    urn = f"urn:li:share:{state.posts.next_number(LINKEDIN, call.now)}"
    state.posts.add(PublishedPost(LINKEDIN, user, text, f"https://www.linkedin.com/feed/update/{urn}", call.now, urn))
    logged.accepted = True
    return Response(status_code=201, headers={"x-restli-id": urn})
