"""Pure: reads the options that a REDIS_URL has after its `?`."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote

ESCAPED = "(are characters such as / # ? [ ] in its password escaped?)"


class RedisUrlError(ValueError):
    """What is wrong with the URL: the rest of a sentence that begins with the variable's name."""


def read_options(query: str, *, tcp: bool, tls: bool, sentinel: bool) -> dict[str, Any]:
    """The options' values by their names. Raises RedisUrlError, which names the one at fault.

    It shows no value, and no name but of an option or like one's: both may be the rest of a password with a `?` in it,
    as they are wherever the query has a bare @ and is not understood whole.
    """
    known = _ANYWHERE | (_TCP if tcp else {}) | (_TLS if tls else {}) | (_SENTINEL if sentinel else {})
    try:
        return _values(query, known)
    except RedisUrlError:
        if "@" in query:
            raise RedisUrlError(f"has something after its ? that is no option {ESCAPED}") from None
        raise


def _values(query: str, known: "_Readers") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        if name not in known:
            raise RedisUrlError(f"has an option that is not known{_named(name)}. Known are {', '.join(known)}")
        if name in found:
            raise RedisUrlError(f"has the option {name} twice")
        try:
            found[name] = known[name](unquote(value))
        except ValueError as error:
            raise RedisUrlError(f"has the option {name} with {error}") from None
    return found


def _named(name: str) -> str:
    if name in _TLS:
        return f": {name} (it is for rediss:// alone)"
    listed = [*_ANYWHERE, *_TCP, *_TLS, *_SENTINEL, *_OF_OTHERS]
    return f": {name}" if re.fullmatch(r"\w+", name, re.ASCII) and get_close_matches(name, listed, 1, 0.8) else ""


def is_number(text: str) -> bool:
    """Whether the text is a whole number of six digits at most."""
    return text.isascii() and text.isdigit() and len(text) <= 6


def _number(text: str) -> int:
    if not is_number(text):
        raise ValueError("a value that is no whole number")
    return int(text)


def _positive(text: str) -> int:
    if _number(text) == 0:
        raise ValueError("the value 0")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) or not float(text):
        raise ValueError("a value that is no number of seconds above 0")
    return float(text)


def _text(text: str) -> str:
    if not text:
        raise ValueError("no value")
    return text


def _boolean(text: str) -> bool:
    value = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower())
    if value is None:
        raise ValueError("a value that is neither true nor false")
    return value


def _cert_reqs(text: str) -> str:
    value = text.lower().removeprefix("cert_")  # as the ssl module spells it, and other clients
    if value not in ("none", "optional", "required"):
        raise ValueError("a value that is none of none, optional, required")
    return value


_Readers = dict[str, Callable[[str], Any]]

_ANYWHERE: _Readers = {
    "db": _number,
    "username": _text,
    "password": _text,
    "client_name": _text,
    "health_check_interval": _number,
    "max_connections": _positive,
    "retry_on_timeout": _boolean,
    "socket_connect_timeout": _seconds,
    "socket_timeout": _seconds,
}
_TCP: _Readers = {"socket_keepalive": _boolean}
_SENTINEL: _Readers = {"sentinel_username": _text, "sentinel_password": _text}
_TLS: _Readers = {
    "ssl_ca_certs": _text,
    "ssl_ca_data": _text,
    "ssl_cert_reqs": _cert_reqs,
    "ssl_certfile": _text,
    "ssl_check_hostname": _boolean,
    "ssl_ciphers": _text,
    "ssl_keyfile": _text,
}
# Of redis-py's, which would change what its connections return, or what we set ourselves.
_OF_OTHERS = ("decode_responses", "encoding", "encoding_errors", "protocol", "retry_on_error", "ssl")
