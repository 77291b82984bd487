"""Asks a platform at the address that our settings have for it, and sees whether it was the platform that answered.

A wrong address, a proxy that nobody told us of, or a network that wants somebody to log in answers in a platform's
place, whoever asks and whatever for. That is the operator's fault, and no post fails of it.
"""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from perennial.core.platform_errors import OperatorFault
from perennial.outbound.http_session import HttpSession
from perennial.platforms._answers import clean_message, is_success, join_url
from perennial.platforms.transport import ANSWER_BYTES_MAX, Answer, send_request

# The request is to be made again elsewhere, so it was not carried out here (RFC 9110, 15.4). Not 303: that may be the
# way to the result of what was carried out.
ELSEWHERE = {301, 302, 307, 308}
# A proxy wants a password, a server is not the host that was asked for, or a network wants somebody to log in, which no
# origin says (RFC 9110, 15.5.8 and 15.5.20; RFC 6585, 6).
ON_THE_WAY = {407, 421, 511}
NOT_HERE = {404, 405}
UNAUTHORIZED = 401
OTHER_SCHEMES = {"basic", "digest", "negotiate", "ntlm"}  # with which nobody is asked for a user's token


class Address(NamedTuple):
    """Where a platform is asked, the setting that says so, and the keys that each error of the platform's own has."""

    url: str
    setting: str
    own: frozenset[str]


async def ask(  # noqa: PLR0913 - each by its name
    session: HttpSession,
    address: Address,
    method: str,
    path: str,
    *,
    bytes_max: int = ANSWER_BYTES_MAX,
    publishes: bool = False,
    **request: Any,
) -> Answer:
    """The platform's answer to one request; `publishes` is True if doing it twice would do harm.

    Raises NotSent (OperatorFault where it is not the platform that answers), OutcomeUnknown.
    """
    answer = await send_request(session, method, join_url(address.url, path), bytes_max, **request)
    if not _is_strangers(answer, address, publishes):
        return answer
    said = f"{answer.status} with a page" if is_success(answer) else f"{answer.status}{_leading_to(answer)}"
    advice = f"Check {address.setting}, and what is between us and the platform: a proxy, or a network's login page."
    raise OperatorFault("UNREACHABLE", f"The platform cannot be reached: something else answers {said}.", advice)


def _is_strangers(answer: Answer, address: Address, publishes: bool) -> bool:
    """Whether the answer is not the platform's, and the request was certainly not carried out."""
    status = answer.status
    if status in ON_THE_WAY | ELSEWHERE:
        return True
    if status in NOT_HERE:
        return not address.own <= answer.body.keys()
    if status == UNAUTHORIZED and not answer.body:
        asked = answer.headers.get("WWW-Authenticate", "Bearer").split()
        return bool(asked) and asked[0].lower() in OTHER_SCHEMES
    return not publishes and (300 <= status < 400 or (is_success(answer) and answer.is_page))


def _leading_to(answer: Answer) -> str:
    """The host that a redirect leads to, as words; the rest of its URL may have what nobody is to read."""
    try:
        host = urlsplit(answer.headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return f" (to {clean_message(host)[:100]})" if host else ""
