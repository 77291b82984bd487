"""What X answers: problems, users, and posts as its API shows them."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from html import escape
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

from perennial.sandbox._calls import Call
from perennial.sandbox._record import Post, iso_milliseconds
from perennial.sandbox.faults.faults import TOKEN
from perennial.sandbox.x._weighted_text import urls

NOT_PERMITTED = "You are not permitted to perform this action."
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
DEAD_TOKEN = "Value passed for the token was invalid."  # noqa: S105 - words of an error

SLUG = {ord("-"): "0", ord("_"): "1"}  # t.co has letters and digits only

PROBLEMS = "https://api.x.com/2/problems"


def problem(status: int, detail: str | None = None, **more: object) -> Response:
    """A problem of that status; its detail is the title where X has no more to say."""
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    body = {"title": title, "type": "about:blank", "status": status, "detail": detail or title, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


def invalid_request(message: str) -> Response:
    """400, with what is wrong in the first of the errors."""
    return problem(
        400,
        "One or more parameters to your request was invalid.",
        title="Invalid Request",
        type=f"{PROBLEMS}/invalid-request",
        errors=[{"parameters": {}, "message": message}],
    )


def rate_limited() -> Response:
    """429."""
    return JSONResponse({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, 429)


def not_found(kind: str, resource_id: str) -> Response:
    """404 for a post or a user."""
    detail = f"Could not find {kind} with id: [{resource_id}]."
    return problem(404, detail, title="Not Found Error", type=f"{PROBLEMS}/resource-not-found")


def dead_refresh_token() -> Response:
    """400, for a refresh token that is used, or never was one."""
    return JSONResponse({"error": "invalid_request", "error_description": DEAD_TOKEN}, 400)


def failure(call: Call, status: int) -> Response:
    """X's own answer for a status that a fault asks for."""
    match status:
        case 400 if call.operation == TOKEN:
            return dead_refresh_token()
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
    """The user's number, of 19 digits and always the same."""
    return str(10**18 + int.from_bytes(sha256(user.encode()).digest()[:8]) % 10**18)


def user_object(user: str) -> dict[str, str]:
    """The user as /2/users/me shows them."""
    return {"id": user_id(user), "name": user, "username": user}


def post_object(post: Post, fields: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A post as X's API shows it: HTML-escaped, its URLs behind t.co. `fields` are those that were asked for."""
    text, entities = _shortened(post.text)
    shown: dict[str, Any] = {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}
    if "created_at" in fields:
        shown["created_at"] = iso_milliseconds(post.time.replace(microsecond=0))  # X gives whole seconds
    if "author_id" in fields:
        shown["author_id"] = user_id(post.user)
    if "entities" in fields and entities:
        shown["entities"] = {"urls": entities}
    return shown


def _shortened(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text with t.co addresses for its URLs, and where these begin, end and lead to."""
    shown, entities, done = "", [], 0
    for start, end in urls(text):
        url = text[start:end]
        short = "https://t.co/" + urlsafe_b64encode(sha256(url.encode()).digest()).decode()[:10].translate(SLUG)
        shown += escape(text[done:start], quote=False)
        entities.append({"start": len(shown), "end": len(shown) + len(short), "url": short} | _expanded(url))
        shown, done = shown + short, end
    return shown + escape(text[done:], quote=False), entities


def _expanded(url: str) -> dict[str, str]:
    """Where a URL leads; a bare domain was meant as http."""
    return {
        "expanded_url": url if url.lower().startswith(("http://", "https://")) else f"http://{url}",
        "display_url": url.partition("://")[2] or url,
    }
