"""An owner's operations on posts. Every query names the owner."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.query_utils import Prefetch

from perennial.accounts import heads
from perennial.core.errors import Conflict, InvalidInput, NotFound
from perennial.core.ids import new_id
from perennial.core.states import Platform, PublicationStatus
from perennial.db import bulk
from perennial.db.models import Post, Publication
from perennial.db.transactions import transaction
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.idempotency.keys import Key, reserve_key
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import bind_log_ids
from perennial.platforms.transport import Transport
from perennial.posts._texts import checked_texts
from perennial.posts.cloning import NewPost, NewPublication, draft_clone, insert_posts, original_of
from perennial.posts.listed_by import follow_publications
from perennial.posts.quotas import UNLIMITED, Quota
from perennial.posts.scheduling import validated_time
from perennial.posts.turns import follow_turns, queues_of_post
from perennial.publishing.outcomes import unconfirmed
from perennial.publishing.transitions import scheduled, unscheduled

MOVABLE = {PublicationStatus.DRAFT, PublicationStatus.SCHEDULED}
RETRY_CANCELLED = "The retry was cancelled. The request before it may already have published the post."
IN_DOUBT = "This post may be published already: confirm its publication with its URL, or retry it."
EDITABLE = MOVABLE | {PublicationStatus.FAILED}


@dataclass(frozen=True)
class Posts:
    """The operations on posts. `now` is the current time, `owner` the authenticated user."""

    platforms: Mapping[Platform, Transport]
    alarms: Alarms
    events: EventPublisher
    quota: Quota = UNLIMITED

    async def create(
        self, owner: str, texts: Sequence[tuple[Platform, str]], now: datetime, key: Key | None = None
    ) -> Post:
        """Creates a draft. Raises InvalidInput if a platform would not accept its text, QuotaExceeded, KeyTaken."""
        post = NewPost(new_id(), owner, now, now)
        bind_log_ids(post=str(post.id))
        rows = [NewPublication(new_id(), post.id, *text) for text in checked_texts(texts, self.platforms).items()]
        return await self._insert(post, rows, key)

    async def update(self, owner: str, post_id: UUID, texts: Sequence[tuple[Platform, str]]) -> Post:
        """Replaces the texts: publications on platforms not named are deleted, new ones are drafts.

        Raises InvalidInput, NotFound, or Conflict if a changed text is being published, is published, or may be.
        """
        wanted = checked_texts(texts, self.platforms)
        async with transaction():
            post = await lock_post(owner, post_id)
            present = {row.platform: row for row in post.publications}
            changed = [p for p, row in present.items() if wanted.get(p) != row.content]
            if any(present[p].status not in EDITABLE or present[p].unclear_since for p in changed):
                raise Conflict("A text that is published, or may be published, cannot be changed.")
            await self._replace_texts(post, present, wanted)
            await follow_publications(post.id)
        return await self._publish_change(owner, post_id)

    async def delete(self, owner: str, post_id: UUID) -> UUID:
        """Deletes the post; its queues go on with others, or complete at the next tick. Raises NotFound, Conflict."""
        while True:
            async with transaction():
                queues = await queues_of_post(owner, post_id, lock=True)  # before the post, as everywhere
                post = await lock_post(owner, post_id)
                if await queues_of_post(owner, post_id) != queues:
                    continue  # another queue has got the post before it was locked
                await Post.filter(id=post.id, clerk_user_id=owner).delete()
                await follow_turns(owner, queues)
                return post_id

    async def clone(self, owner: str, post_id: UUID, now: datetime, key: Key | None = None) -> Post:
        """Copies the texts into a new draft. Raises NotFound, QuotaExceeded, KeyTaken."""
        post, rows = draft_clone(original_of(await get_post(owner, post_id)), now)
        return await self._insert(post, rows, key)

    async def schedule(
        self, owner: str, post_id: UUID, time: datetime, times: Mapping[Platform, datetime], now: datetime
    ) -> Post:
        """Schedules drafts and scheduled publications for `time`, or for the time that `times` gives their platform.

        Raises InvalidInput, NotFound, Conflict.
        """
        time = validated_time("scheduledTime", time, now)
        times = {platform: validated_time("platformTimes", one, now) for platform, one in times.items()}
        async with transaction():
            post = await lock_post(owner, post_id)
            movable = _movable(post, "scheduled")
            _check_platform_times(post, movable, times)
            wanted = {platform: times.get(platform, time) for platform in movable}
            await self._schedule_rows(owner, movable, wanted)
            await follow_publications(post.id)
        await self.alarms.arm(WorkerFunction.PUBLISH, wanted.values(), now)
        return await self._publish_change(owner, post_id)

    async def unschedule(self, owner: str, post_id: UUID, now: datetime) -> Post:
        """Turns scheduled publications back into drafts; their alarms then find nothing to do.

        A publication that waits for its retry, and may already be published, becomes UNCONFIRMED again instead. Raises
        NotFound, or Conflict if none is a draft or scheduled.
        """
        async with transaction():
            post = await lock_post(owner, post_id)
            for row in _movable(post, "unscheduled").values():
                if row.status == PublicationStatus.SCHEDULED:
                    columns = unconfirmed(row.platform, RETRY_CANCELLED, now) if row.unclear_since else unscheduled()
                    await Publication.filter(id=row.id).update(**columns)
            await follow_publications(post.id)
        return await self._publish_change(owner, post_id)

    async def _schedule_rows(
        self, owner: str, rows: Mapping[Platform, Publication], times: Mapping[Platform, datetime]
    ) -> None:
        """Writes the times, and names the owner's accounts; one that is to be retried, in doubt, keeps its own."""
        present = (await heads.lock_of_owner(owner)).present
        accounts = {
            platform: row.connected_account_id if row.unclear_since else present.get(platform)
            for platform, row in rows.items()
        }
        for platform, row in rows.items():
            await Publication.filter(id=row.id).update(**scheduled(times[platform], accounts[platform]))
        await heads.lower(heads.earliest([(accounts[platform], time) for platform, time in times.items()]))

    async def _insert(self, post: NewPost, rows: Sequence[NewPublication], key: Key | None) -> Post:
        async with transaction():
            await reserve_key(key, post.id)
            await self.quota.check(post.clerk_user_id)
            await insert_posts([post], rows)
        return await self._publish_change(post.clerk_user_id, post.id)

    async def _publish_change(self, owner: str, post_id: UUID) -> Post:
        """Publishes an event for each publication of the post; returns the post as it is now."""
        post = await get_post(owner, post_id)
        self.events.publish(Topic.PUBLICATIONS, [Event(owner, post_id, row.id) for row in post.publications])
        return post

    async def _replace_texts(
        self, post: Post, present: Mapping[Platform, Publication], wanted: Mapping[Platform, str]
    ) -> None:
        dropped = [row.id for platform, row in present.items() if platform not in wanted]
        await Publication.filter(id__in=dropped).delete()
        for platform, text in wanted.items():
            if platform not in present:
                await bulk.insert(Publication, [NewPublication(new_id(), post.id, platform, text)])
            elif present[platform].content != text:
                await Publication.filter(id=present[platform].id).update(content=text)


def _movable(post: Post, done: str) -> dict[Platform, Publication]:
    """The publications that can be scheduled and unscheduled. Raises Conflict if there is none."""
    movable = {row.platform: row for row in post.publications if row.status in MOVABLE}
    if not movable:
        in_doubt = any(row.status == PublicationStatus.UNCONFIRMED for row in post.publications)
        raise Conflict(IN_DOUBT if in_doubt else f"This post has no publication that can be {done}.")
    return movable


def _check_platform_times(post: Post, movable: Collection[Platform], times: Mapping[Platform, datetime]) -> None:
    for platform in times:
        if platform not in {row.platform for row in post.publications}:
            raise InvalidInput("platformTimes", f"The post has no text for {platform.name}.")
        if platform not in movable:
            raise Conflict(f"The publication on {platform.name} cannot be scheduled any more.")


async def get_post(owner: str, post_id: UUID) -> Post:
    """The owner's post with its publications. Raises NotFound."""
    post = await Post.filter(id=post_id, clerk_user_id=owner).prefetch_related(prefetch_publications()).first()
    if post is None:
        raise NotFound("post")
    return post


def prefetch_publications(relation: str = "publications") -> Prefetch:
    """The prefetch of a post's publications, in the order of their creation."""
    return Prefetch(relation, queryset=Publication.all().order_by("id"))


async def lock_post(owner: str, post_id: UUID) -> Post:
    """The owner's post with its publications, locked. Raises NotFound, or Conflict while it is being published."""
    found = await Post.filter(id=post_id, clerk_user_id=owner).select_for_update().first()
    if found is None:
        raise NotFound("post")
    post = await get_post(owner, post_id)
    if any(row.status == PublicationStatus.PUBLISHING for row in post.publications):
        raise Conflict("The post is being published; try again in some seconds.")
    return post
