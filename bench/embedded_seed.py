"""Seeds a SQLite database with due queues, in the ORM's format: ids of 36 characters, times with an offset."""

import sqlite3
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from cryptography.fernet import Fernet

DUE, USERS = 10_000, 200
USER = "user_0"
PLATFORMS = ("x", "linkedin")


def seed(connection: sqlite3.Connection, key: bytes) -> None:
    """Inserts DUE queues of USERS users, each with an original for two platforms."""
    now = datetime.now(UTC).replace(microsecond=0)
    token = Fernet(key).encrypt(b"sandbox-user").decode()
    users = [f"user_{n}" for n in range(USERS)]
    ids = [str(UUID(int=n + 1)) for n in range(DUE)]
    _insert(
        connection,
        "connected_accounts (id, clerk_user_id, platform, account_id, encrypted_access_token, status, connected_time)",
        [(str(uuid4()), user, platform, user, token, "active", _text(now)) for user in users for platform in PLATFORMS],
    )
    _insert(
        connection,
        "posts (id, clerk_user_id, status, created_at, updated_at)",
        [(ids[n], users[n % USERS], "draft", _text(now), _text(now)) for n in range(DUE)],
    )
    _insert(
        connection,
        "publications (id, post_id, platform, content, status, attempts)",
        [
            (str(uuid4()), ids[n], platform, f"The best of all, {n}", "draft", 0)
            for n in range(DUE)
            for platform in PLATFORMS
        ],
    )
    _insert(
        connection,
        'recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time, execution_count,'
        " created_at, updated_at, original_post_id)",
        [
            (
                ids[n],
                users[n % USERS],
                "active",
                7,
                "fixed",
                _text(now - timedelta(seconds=n % 10)),
                0,
                _text(now),
                _text(now),
                ids[n],
            )
            for n in range(DUE)
        ],
    )
    connection.commit()


def _insert(connection: sqlite3.Connection, into: str, rows: list[tuple[object, ...]]) -> None:
    placeholders = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO {into} VALUES ({placeholders})", rows)


def _text(time: datetime) -> str:
    return time.isoformat(" ")
