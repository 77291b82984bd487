"""X's responses: problems, and users and posts as its API shows them."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from html import escape
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

from perennial.sandbox._calls import ApiCall
from perennial.sandbox._post_store import PublishedPost, iso_milliseconds
from perennial.sandbox.faults.faults import TOKEN
from perennial.sandbox.x._weighted_text import urls

NOT_PERMITTED = "You are not permitted to perform this action."
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
DEAD_TOKEN = "Value passed for the token was invalid."  # noqa: S105 - an error message

SLUG = {ord("-"): "0", ord("_"): "1"}  # t.co has letters and digits only

PROBLEMS = "https://api.x.com/2/problems"


def problem(status: int, detail: str | None = None, **more: object) -> Response:
    """A problem (RFC 9457) with this status; its detail is by default its title."""
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    body = {"title": title, "type": "about:blank", "status": status, "detail": detail or title, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


def invalid_request(message: str) -> Response:
    """400, with the message in the first of its `errors`."""
    return problem(
        400,
        "One or more parameters to your request was invalid.",
        title="Invalid Request",
        type=f"{PROBLEMS}/invalid-request",
        errors=[{"parameters": {}, "message": message}],
    )


def rate_limited() -> Response:
    """429, for an exceeded rate limit."""
    return JSONResponse({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, 429)


def not_found(kind: str, resource_id: str) -> Response:
    """404, for a post or a user."""
    detail = f"Could not find {kind} with id: [{resource_id}]."
    return problem(404, detail, title="Not Found Error", type=f"{PROBLEMS}/resource-not-found")


def dead_refresh_token() -> Response:
    """400, for a refresh token that was used already or is not valid."""
    return JSONResponse({"error": "invalid_request", "error_description": DEAD_TOKEN}, 400)


def unknown_client() -> Response:
    """401, for a client that does not say who it is."""
    description = "Missing valid authorization header"
    return JSONResponse({"error": "unauthorized_client", "error_description": description}, 401)


def failure(call: ApiCall, status: int) -> Response:
    """X's own error for the status of a fault."""
    match status:
        case 400 | 401 if call.operation == TOKEN:
            return dead_refresh_token() if status == 400 else unknown_client()
        case 400:
            return invalid_request("The request is not valid.")
        case 402:
            return problem(402, "credits depleted", type=f"{PROBLEMS}/credits-depleted")
        case 403:
            return problem(403, NOT_PERMITTED)
        case 429:
            return rate_limited()
    return problem(status)


def user_id(user: str) -> str:
    """The user's id: 19 digits, derived from the user's name."""
    return str(10**18 + int.from_bytes(sha256(user.encode()).digest()[:8]) % 10**18)


def user_object(user: str) -> dict[str, str]:
    """The user as /2/users/me returns it."""
    return {"id": user_id(user), "name": user, "username": user}


def post_object(post: PublishedPost, fields: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A post as X's API returns it, HTML-escaped and with t.co URLs. `fields` are the requested `tweet.fields`."""
    text, entities = _shorten_urls(post.text)
    result: dict[str, Any] = {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}
    if "created_at" in fields:
        result["created_at"] = iso_milliseconds(post.time.replace(microsecond=0))  # X gives whole seconds
    if "author_id" in fields:
        result["author_id"] = user_id(post.user)
    if "entities" in fields and entities:
        result["entities"] = {"urls": entities}
    return result


def _shorten_urls(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text with its URLs replaced by t.co URLs, and the entities that describe these."""
    result, entities, done = "", [], 0
    for start, end in urls(text):
        url = text[start:end]
        short = "https://t.co/" + urlsafe_b64encode(sha256(url.encode()).digest()).decode()[:10].translate(SLUG)
        result += escape(text[done:start], quote=False)
        entities.append({"start": len(result), "end": len(result) + len(short), "url": short} | _url_target(url))
        result, done = result + short, end
    return result + escape(text[done:], quote=False), entities


def _url_target(url: str) -> dict[str, str]:
    """The target of a t.co URL; a bare domain becomes an http URL."""
    return {
        "expanded_url": url if url.lower().startswith(("http://", "https://")) else f"http://{url}",
        "display_url": url.partition("://")[2] or url,
    }
