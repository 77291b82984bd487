"""Pure: reads the options that a REDIS_URL has after its `?`."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

ESCAPED = "(are characters such as / # ? [ ] in its password escaped?)"


class RedisUrlError(ValueError):
    """What is wrong with the URL: the rest of a sentence that begins with the variable's name."""


def read_options(query: str, *, tcp: bool, tls: bool, sentinel: bool) -> dict[str, Any]:
    """The options' values by their names. Raises RedisUrlError, which names the one at fault."""
    known = _ANYWHERE | (_TCP if tcp else {}) | (_TLS if tls else {}) | (_SENTINEL if sentinel else {})
    found: dict[str, Any] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        if not re.fullmatch(r"\w{1,40}", name, re.ASCII):
            raise RedisUrlError(f"has something after its ? that is no option {ESCAPED}")
        if name not in known:
            elsewhere = " (it is for rediss:// alone)" if name in _TLS else ""
            raise RedisUrlError(f"has an option that is not known: {name}{elsewhere}. Known are {', '.join(known)}")
        if name in found:
            raise RedisUrlError(f"has the option {name} twice")
        try:
            found[name] = known[name](unquote(value))
        except ValueError as error:
            raise RedisUrlError(f"has the option {name} with {error}") from None
    return found


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
