"""Sets of rows are written and read as the ORM would, row by row, on either dialect."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from perennial.core.ids import new_id
from perennial.core.states import Platform, PostStatus, PublicationStatus
from perennial.db import bulk
from perennial.db.models import Post, Publication
from perennial.db.sql import run_sql
from perennial.posts.cloning import NewPost, NewPublication
from perennial.process import Process

pytestmark = pytest.mark.usefixtures("process")

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
ODD = ["", "a 'quoted' \"text\"", "{given} $1 ?", "line\nline\ttab \\ back", "🌱 é \u2028", "x" * 3_000]


class Change(NamedTuple):
    id: UUID
    status: PostStatus
    cloned_from_id: UUID | None
    updated_at: datetime


class Read(NamedTuple):
    id: UUID
    status: PostStatus
    cloned_from_id: UUID | None
    created_at: datetime


def a_post(**columns: object) -> NewPost:
    return NewPost(new_id(), "alice", NINE, NINE)._replace(**columns)


async def test_what_is_inserted_is_what_the_orm_reads() -> None:
    post = a_post(cloned_from_id=new_id(), updated_at=NINE + timedelta(milliseconds=7))
    rows = [NewPublication(new_id(), post.id, platform, ODD[1]) for platform in Platform]
    rows[0] = rows[0]._replace(scheduled_time=NINE, status=PublicationStatus.SCHEDULED, scheduler_id="publish:1")
    await bulk.insert(Post, [post])
    await bulk.insert(Publication, rows)
    kept = await Post.get(id=post.id).prefetch_related("publications")
    assert tuple(getattr(kept, name) for name in post._fields) == post
    found = {one.id: tuple(getattr(one, name) for name in NewPublication._fields) for one in kept.publications}
    assert found == {row.id: row for row in rows}


@pytest.mark.parametrize("text", ODD)
async def test_any_text_comes_back_as_it_was(text: str) -> None:
    post = a_post()
    await bulk.insert(Post, [post])
    await bulk.insert(Publication, [NewPublication(new_id(), post.id, Platform.X, text)])
    assert [row.content for row in await Publication.filter(post_id=post.id)] == [text]


async def test_what_the_orm_wrote_and_what_a_set_wrote_are_alike_to_the_database() -> None:
    """Times are text on SQLite: two spellings of one instant would be two instants."""
    post = a_post(created_at=NINE + timedelta(milliseconds=120))
    await bulk.insert(Post, [post])
    assert await Post.filter(id=post.id, created_at=post.created_at, updated_at=NINE, status=PostStatus.DRAFT).exists()
    await Post.filter(id=post.id).update(updated_at=NINE)
    (row,) = await run_sql("SELECT id FROM posts WHERE id = ANY($1) AND updated_at <= $2", [post.id], NINE)
    assert UUID(str(row["id"])) == post.id


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_each_row_gets_its_own_columns_and_no_other_row_any(number: int) -> None:
    posts = [a_post() for _ in range(number + 1)]
    await bulk.insert(Post, posts)
    ids = [None, new_id(), None]
    statuses = [PostStatus.SCHEDULED, PostStatus.FAILED, PostStatus.SCHEDULED]
    later = NINE + timedelta(hours=1)
    changes = [Change(posts[n].id, statuses[n], ids[n], later + timedelta(hours=n)) for n in range(number)]
    await bulk.update(Post, changes)
    kept = [await Post.get(id=post.id) for post in posts]
    assert [Change(row.id, row.status, row.cloned_from_id, row.updated_at) for row in kept[:-1]] == changes
    assert (kept[-1].status, kept[-1].updated_at) == (PostStatus.DRAFT, NINE)


async def test_a_statement_sees_the_rows_as_a_table() -> None:
    posts = [a_post(clerk_user_id=name) for name in ("alice", "bob")]
    await bulk.insert(Post, posts)
    statement = """
        UPDATE posts SET status = 'failed' FROM {given}
        WHERE posts.id = given.id AND posts.clerk_user_id = given.clerk_user_id RETURNING posts.id
    """
    wrong = [posts[0], posts[1]._replace(clerk_user_id="mallory")]
    assert [UUID(str(row["id"])) for row in await bulk.execute(statement, Post, wrong)] == [posts[0].id]


async def test_nothing_is_sent_for_no_rows() -> None:
    await bulk.insert(Post, [])
    await bulk.update(Post, [])
    assert await bulk.execute("not even SQL", Post, []) == []


async def test_rows_are_read_as_what_they_are(process: Process) -> None:
    post = a_post(cloned_from_id=new_id())
    await bulk.insert(Post, [post, a_post()])
    found = await run_sql("SELECT id, status, cloned_from_id, created_at FROM posts WHERE cloned_from_id = $1", post[5])
    assert list(map(bulk.row_reader(Post, Read), found)) == [Read(post.id, PostStatus.DRAFT, post.cloned_from_id, NINE)]


async def test_a_word_that_this_version_does_not_know_is_an_error_and_not_a_row() -> None:
    found = {"id": new_id(), "status": "mislaid", "cloned_from_id": None, "created_at": NINE}
    with pytest.raises(ValueError, match="mislaid"):
        bulk.row_reader(Post, Read)({name: str(value) if value else None for name, value in found.items()})
