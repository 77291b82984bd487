"""LinkedIn's responses: errors, and members as its API shows them."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from perennial.sandbox._calls import ApiCall
from perennial.sandbox.faults.faults import TOKEN

LENGTH_MAX = 3_000
BAD_REQUEST = "com.linkedin.common.error.BadRequest"


def error(status: int, message: str | None = None, **more: object) -> Response:
    """An error with this status; its message is by default the status' phrase."""
    text = message or (HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error")
    return JSONResponse({"status": status, "message": text, **more}, status)


def invalid_token() -> Response:
    """401, for a token that was never valid."""
    return error(401, "Invalid access token", serviceErrorCode=65600, code="INVALID_ACCESS_TOKEN")


def expired_token() -> Response:
    """401, for a token that has expired."""
    return error(401, "The token used in the request has expired", serviceErrorCode=65602, code="EXPIRED_ACCESS_TOKEN")


def access_denied(action: str) -> Response:
    """403, for an action that the token's user may not do."""
    message = f"Not enough permissions to access: {action}"
    return error(403, message, serviceErrorCode=100, code="ACCESS_DENIED")


def inactive_version(version: str) -> Response:
    """426, for a version that is too old or in the future."""
    return error(426, f"Requested version {version}01 is not active", code="NONEXISTENT_VERSION")


def missing_field(name: str) -> Response:
    """422, for a required field that is missing."""
    return error(422, f"ERROR :: /{name} :: field is required but not found and has no default value\n")


def invalid_field(name: str, value: object) -> Response:
    """422, for a field with an invalid value."""
    return error(422, f"ERROR :: /{name} :: {str(value)[:100]!r} is not a valid value\n")


def too_long(length: int) -> Response:
    """400, for a commentary of more than LENGTH_MAX characters."""
    message = (
        f"ShareCommentary text length ({length} characters) exceeded the maximum allowed ({LENGTH_MAX} characters)"
    )
    where = {"inputPath": {"fieldPath": "commentary"}}
    inputs = [{"description": message, "input": where, "code": "FIELD_ARRAY_SIZE_TOO_HIGH"}]
    return error(400, message, errorDetailType=BAD_REQUEST, errorDetails={"inputErrors": inputs})


def duplicate(urn: str) -> Response:
    """422, for a duplicate, with the URN of the earlier post."""
    inputs = [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]
    message = f"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}"
    return error(422, message, errorDetailType=BAD_REQUEST, errorDetails={"inputErrors": inputs})


def throttled() -> Response:
    """429, for an exceeded rate limit."""
    return error(429, "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.")


def dead_refresh_token() -> Response:
    """400, for a refresh token that is not valid."""
    description = "The provided authorization grant or refresh token is invalid, expired or revoked"
    return JSONResponse({"error": "invalid_grant", "error_description": description}, 400)


def unknown_client() -> Response:
    """401, for a client with a wrong secret."""
    return JSONResponse({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)


def failure(call: ApiCall, status: int) -> Response:
    """LinkedIn's own error for the status of a fault."""
    match status:
        case 400 | 401 if call.operation == TOKEN:
            return dead_refresh_token() if status == 400 else unknown_client()
        case 401:
            return expired_token()
        case 403:
            return access_denied("partnerApiPostsExternal.CREATE")
        case 426:
            return inactive_version(call.headers.get("linkedin-version", ""))
        case 429:
            return throttled()
    return error(status)


def member_id(user: str) -> str:
    """The member's id: ten characters, derived from the user's name."""
    return urlsafe_b64encode(sha256(user.encode()).digest()).decode().replace("-", "a").replace("_", "b")[:10]


def author_urn(user: str) -> str:
    """The URN under which the member posts."""
    return f"urn:li:person:{member_id(user)}"


def member_object(user: str) -> dict[str, object]:
    """The member as /v2/userinfo returns it."""
    return {
        "sub": member_id(user),
        "name": user,
        "given_name": user,
        "family_name": "",
        "locale": {"country": "US", "language": "en"},
        "email_verified": False,
    }
