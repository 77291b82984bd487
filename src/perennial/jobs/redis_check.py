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
from perennial.jobs._redis_pool import WritesRefused
from perennial.jobs.redis_client import RedisClient

CHECK_SECONDS = 2.0
WRITTEN = "written"  # the name of the key that is written
WRITTEN_SECONDS = 60

_SILENT = "it does not answer in time"
_NO_TLS = "if it has no TLS, its URL begins with redis://"
_CLOSED = "it closed the connection; if it wants TLS, its URL begins with rediss://"
# The class of redis-py's error, how it begins, and what it means; the first that fits counts.
_ANSWERS: list[tuple[type[RedisError], str, str]] = [
    (AuthenticationError, "Authentication required", "it wants a password, and REDIS_URL has none"),
    (AuthenticationError, "AUTH <password> called", "it has no password, but REDIS_URL has one"),
    (AuthenticationError, "", "it does not accept the user or the password of REDIS_URL"),
    (NoPermissionError, "", "its user may not do what is needed; docs/production.md has the ACL line: {}"),
    (WritesRefused, "READONLY", "it takes no writes: it is a replica, or was made one by a failover (READONLY)"),
    (WritesRefused, "NOREPLICAS", "it takes no writes: too few replicas follow it (NOREPLICAS)"),
    (WritesRefused, "MISCONF", "it takes no writes: it cannot save to its disk (MISCONF)"),
    (WritesRefused, "DENIED", "it is in protected mode, and lets in nobody from another machine (DENIED)"),
    (WritesRefused, "Protocol error", "what listens there is no Redis"),
    (WritesRefused, "", "it takes no writes: {}"),
    (OutOfMemoryError, "", "it takes no writes: it is full, as it has reached its maxmemory (OOM)"),
    (BusyLoadingError, "", "it is still loading its data (LOADING)"),
    (MasterNotFoundError, "", "its Sentinels know no such master that is up, or cannot be reached"),
    (ResponseError, "DB index", "it has no database of this number"),
    (ResponseError, "invalid DB index", "it has no database of this number"),
    (ResponseError, "MOVED", "it is a Redis Cluster, which is not supported"),
    (ResponseError, "", "it answers with an error: {}"),
    (InvalidResponse, "", "what listens there is no Redis"),
    (RedisConnectionError, "Connection closed by server", _CLOSED),
]


async def check_redis(redis: RedisClient) -> str | None:
    """None if Redis takes a write within CHECK_SECONDS; else a sentence with host, port and database, no password."""
    obstacle = await redis_obstacle(redis)
    return obstacle and f"Redis at {redis.place}: {obstacle}"


async def redis_obstacle(redis: RedisClient, seconds: float = CHECK_SECONDS) -> str | None:
    """None if Redis takes a write within so many seconds; else why it does not, without any address or secret."""
    try:
        await with_timeout(seconds, _write(redis))
    except (RedisError, OSError, TimeoutError) as error:
        words = _words(error)
        # A Redis without TLS waits for the rest of what it takes for a command.
        return f"{words}; {_NO_TLS}" if words == _SILENT and redis.has_tls else words
    return None


async def _write(redis: RedisClient) -> None:
    """Writes as the work does, where it does: a user without the right to some of these names could do no work."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.set(redis.name(WRITTEN), b"1", ex=WRITTEN_SECONDS)
        pipe.zadd(redis.queue, {WRITTEN: 0}, xx=True)  # there is no such job
        for prefix in (job_key_prefix, in_progress_key_prefix, retry_key_prefix):
            pipe.psetex(prefix + redis.name(WRITTEN), WRITTEN_SECONDS * 1000, b"1")
        pipe.publish(redis.name(WRITTEN), b"")
        await pipe.execute()


def _words(error: BaseException) -> str:
    """The cause in an operator's words: of the error, or of what it was raised from, such as what the socket said."""
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    return next(filter(None, map(_known, causes)), None) or f"it cannot be used ({type(error).__name__})"


def _known(error: BaseException) -> str | None:
    if isinstance(error, RedisTimeoutError | TimeoutError):
        return _SILENT
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, OSError):
        return _of_socket(error)
    return _of_answer(error) if isinstance(error, RedisError) else None


def _of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if "CERTIFICATE_REQUIRED" in (error.reason or ""):
        return "it wants a certificate of ours (ssl_certfile, ssl_keyfile)"
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


def _of_answer(error: RedisError) -> str | None:
    for kind, beginning, words in _ANSWERS:
        if isinstance(error, kind) and str(error).startswith(beginning):
            return words.format(error)
    return None
