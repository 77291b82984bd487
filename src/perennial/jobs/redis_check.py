"""Tells whether Redis takes a write, and if not, why, in one sentence."""

import errno
import socket
import ssl

from arq.constants import in_progress_key_prefix, job_key_prefix, retry_key_prefix
from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    InvalidResponse,
    NoPermissionError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from perennial.core.timeouts import with_timeout
from perennial.db.outages import chain
from perennial.jobs._redis_connections import WritesRefused
from perennial.jobs.redis_client import RedisClient

CHECK_SECONDS = 2.0
WRITTEN = "written"  # the name of the key that is written
WRITTEN_SECONDS = 60

_SILENT = "it does not answer in time"
_NO_TLS = "if it has no TLS, its URL begins with redis://"
_CLOSED = "it closed the connection; if it wants TLS, its URL begins with rediss://"
# So it may look where it wants a certificate: with TLS 1.3 it says so after the handshake, and may be gone by then.
_WANTS_OURS = "it wants a certificate of ours (ssl_certfile, ssl_keyfile)"
_CLOSED_WITH_TLS = f"it closed the connection; perhaps {_WANTS_OURS}; {_NO_TLS}"
_FULL_UP = "it has too many clients; raise its maxclients, or set max_connections in REDIS_URL"
# The class of redis-py's error, how it begins, and what it means; the first that fits counts. {said}: its own words.
_ANSWERS: list[tuple[type[RedisError], str, str]] = [
    (AuthenticationError, "Authentication required", "it wants a password, and REDIS_URL has none"),
    (AuthenticationError, "AUTH <password> called", "it has no password, but REDIS_URL has one"),
    (AuthenticationError, "", "it does not accept the user or the password of REDIS_URL"),
    (NoPermissionError, "", "its user may not do what is needed{said}; docs/production.md has the ACL line"),
    (WritesRefused, "READONLY", "it takes no writes: it is a replica, or was made one by a failover (READONLY)"),
    (WritesRefused, "NOREPLICAS", "it takes no writes: too few replicas follow it (NOREPLICAS)"),
    (WritesRefused, "MISCONF", "it takes no writes: it cannot save to its disk (MISCONF)"),
    (WritesRefused, "DENIED", "it is in protected mode, and lets in nobody from another machine (DENIED)"),
    (WritesRefused, "Protocol error", "what listens there is no Redis"),
    (WritesRefused, "", "it takes no writes{said}"),
    (OutOfMemoryError, "", "it takes no writes: it is full, as it has reached its maxmemory (OOM)"),
    (BusyLoadingError, "", "it is still loading its data (LOADING)"),
    (MasterNotFoundError, "", "its Sentinels know no such master that is up, or cannot be reached"),
    (ResponseError, "DB index", "it has no database of this number"),
    (ResponseError, "invalid DB index", "it has no database of this number"),
    (ResponseError, "MOVED", "it is a Redis Cluster, which is not supported"),
    (ResponseError, "", "it answers with an error{said}"),
    (InvalidResponse, "", "what listens there is no Redis"),
    (RedisConnectionError, "Connection closed by server", _CLOSED),
    (RedisConnectionError, "max number of clients reached", _FULL_UP),
]


async def check_redis(redis: RedisClient) -> str | None:
    """None if Redis takes a write within CHECK_SECONDS; else a sentence with host, port and database, no password."""
    try:
        await with_timeout(CHECK_SECONDS, write(redis))
    except (RedisError, OSError, TimeoutError) as error:
        return f"Redis at {redis.place}: {obstacle(error, redis)}"
    return None


def obstacle(error: BaseException, redis: RedisClient, *, told_to_anybody: bool = False) -> str:
    """What keeps us from using Redis, without any address or secret, by the error that it met.

    What is told to anybody is without the words of the server, which name users.
    """
    words, said = _words(error)
    words = words.format(said="" if told_to_anybody else f" ({said})")
    if words == _CLOSED and redis.has_tls:
        return _CLOSED_WITH_TLS
    # A Redis without TLS waits for the rest of what it takes for a command.
    return f"{words}; {_NO_TLS}" if words == _SILENT and redis.has_tls else words


async def write(redis: RedisClient) -> None:
    """Writes as the work does, where it does: a user without the right to some of these names could do no work."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.set(redis.name(WRITTEN), b"1", ex=WRITTEN_SECONDS)
        pipe.zadd(redis.queue, {WRITTEN: 0}, xx=True)  # there is no such job
        for prefix in (job_key_prefix, in_progress_key_prefix, retry_key_prefix):
            pipe.psetex(prefix + redis.name(WRITTEN), WRITTEN_SECONDS * 1000, b"1")
        pipe.publish(redis.name(WRITTEN), b"")
        await pipe.execute()


def _words(error: BaseException) -> tuple[str, str]:
    """The cause in an operator's words, and in its own: of the error, or of what it was raised from, as by a socket."""
    for cause in chain(error):
        if words := _known(cause):
            said = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else str(cause)
            return words, said
    return "it cannot be used{said}", type(error).__name__


def _known(error: BaseException) -> str | None:
    if isinstance(error, RedisTimeoutError | TimeoutError):
        return _SILENT
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, OSError):
        return _of_socket(error)
    if isinstance(error, RedisError):
        said = str(error)
        return next(
            (words for kind, start, words in _ANSWERS if isinstance(error, kind) and said.startswith(start)), None
        )
    return None


def _of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not accepted{said}"
    if "CERTIFICATE_REQUIRED" in (error.reason or ""):
        return _WANTS_OURS
    return f"TLS with it fails ({error.reason}); {_NO_TLS}"


def _of_socket(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "its host's name cannot be resolved"
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        return "nobody listens there"
    if isinstance(error, FileNotFoundError):
        return "there is no such socket"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return _CLOSED
    return f"it cannot be reached ({error.strerror or type(error).__name__})"
