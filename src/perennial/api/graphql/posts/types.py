"""The types Post and Publication. Fields come from rows; only those that may cost a query are resolvers."""

from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry import ID

from perennial.api.graphql._arguments import id_or_none
from perennial.api.graphql._enums import Platform
from perennial.api.graphql._node import Node
from perennial.api.graphql.accounts.loading import accounts_by_key
from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts import loading
from perennial.api.graphql.posts.enums import PostStatus, PublicationStatus
from perennial.api.graphql.posts.rows import PostRow
from perennial.db import models
from perennial.posts.waiting import Reason, account_key, own_reason

NOT_READ: Any = None  # selecting a field with this value is an error, never an empty list


def _error_code(root: "Publication", info: Info) -> Any:
    return root.reason.code if root.reason else _read_reason(root, info, "code")


def _error_message(root: "Publication", info: Info) -> Any:
    return root.reason.message if root.reason else _read_reason(root, info, "message")


async def _read_reason(root: "Publication", info: Info, part: str) -> str | None:
    """A part of the reason of a publication that waits. (A coroutine costs, so there is none for the others.)"""
    found: str | None = getattr(await info.context.loader(loading.reasons).load(root.row), part)
    return found


def _account(root: "Publication", info: Info) -> Any:
    key = account_key(root.row)
    return root.account_read or (info.context.loader(accounts_by_key).load(key) if key else None)


@strawberry.type(description="A post on one platform, with its text, time, state and result.")
class Publication(Node):
    id: ID = strawberry.field(description=("The publication's id, a UUID, which the mutations of publications take."))
    platform: Platform = strawberry.field(
        description="The platform of the publication. A post has at most one publication for each platform."
    )
    content: str = strawberry.field(description="The text, exactly as the caller sent it.")
    status: PublicationStatus = strawberry.field(description="The state of the publication.")
    scheduled_time: datetime | None = strawberry.field(
        description=(
            "When the publication is, or was, to be published. Retries do not change it. It is null if the "
            "publication has no time."
        )
    )
    scheduler_id: ID | None = strawberry.field(
        description=(
            "The id of the alarm that starts the publishing: `publish:` followed by the `scheduledTime`. It is null "
            "if the publication has no time."
        )
    )
    attempts: int = strawberry.field(
        description=(
            "The number of requests sent to the platform since the publication was last scheduled or retried. A "
            "request that the platform postponed does not count. After 5 requests that did not arrive the "
            "publication is FAILED."
        )
    )
    published_time: datetime | None = strawberry.field(
        description=(
            "When the platform returned its receipt. If the post was found on the platform later, it is the "
            "time that the platform states; if a person confirmed it, the time at which the request was sent. "
            "It is null if the publication is not published."
        )
    )
    remote_id: str | None = strawberry.field(
        description=(
            "The id that the platform gave the published post: a number on X, a URN on LinkedIn. It is null if the "
            "publication is not published."
        )
    )
    url: str | None = strawberry.field(
        description=("The URL of the published post on the platform. It is null if the publication is not published.")
    )
    error_code: str | None = strawberry.field(
        resolver=_error_code,
        description=(
            "A code that says why the publication failed, is unconfirmed or waits. It is UNREACHABLE, RATE_LIMITED, "
            "CREDITS_DEPLETED, DUPLICATE_CONTENT, TEXT_TOO_LONG, PERMISSION_DENIED, REFUSED, ACCOUNT_MISSING, "
            "RECONNECT_REQUIRED, EXPIRED, SUPERSEDED, OUTCOME_UNKNOWN or another; later versions may add codes. If "
            "it is due and waits for its platform or its account, it is the platform's code, else the account's. "
            "It is null if nothing went wrong."
        ),
    )
    error_message: str | None = strawberry.field(
        resolver=_error_message,
        description=(
            "A sentence for people that explains the `errorCode`. It is the platform's own message if there is one, "
            "cut to at most 500 characters."
        ),
    )
    account: ConnectedAccount | None = strawberry.field(
        resolver=_account,
        description=(
            "The account of the publication. While it waits, it is the account that the caller has connected on the "
            "platform; it is null if there is none. Once it may have been sent, it is the account from which it was "
            "sent, also when that is DISCONNECTED by now. It is null if the publication is a draft, or failed because "
            "no account was connected."
        ),
    )
    post_id: ID = strawberry.field(description="The id of the post.")
    updated_at: datetime = strawberry.field(
        description=(
            "When the post's texts, times or states last changed, those of this publication among them. The `account`, "
            "and the `errorCode` of what waits, follow the account and the platform without being a change."
        )
    )
    row: strawberry.Private[models.Publication]
    # What needs no query, or was read ahead for many publications together.
    reason: strawberry.Private[Reason | None] = None
    account_read: strawberry.Private[ConnectedAccount | None] = None

    @classmethod
    def of(cls, row: models.Publication, updated_at: datetime | None = None) -> Self:
        """The row as a Publication; `updated_at` is that of its post, which else was read with the row."""
        return cls(
            id=ID(str(row.id)),
            platform=row.platform,
            content=row.content,
            status=row.status,
            scheduled_time=row.scheduled_time,
            scheduler_id=ID(row.scheduler_id) if row.scheduler_id else None,
            attempts=row.attempts,
            published_time=row.published_time,
            remote_id=row.remote_id,
            url=row.url,
            post_id=ID(str(row.post_id)),
            updated_at=updated_at or row.post.updated_at,
            row=row,
            reason=None if row.status == PublicationStatus.SCHEDULED else own_reason(row),
        )

    async def read_ahead(self, info: Info, *, reason: bool, account: bool) -> None:
        """Reads the reason and the account, where they cost a query, so that resolving them costs none."""
        if reason and self.reason is None:
            self.reason = await info.context.loader(loading.reasons).load(self.row)
        if account:
            self.account_read = await _account(self, info) if account_key(self.row) else None


@strawberry.type(description="A post, which has a text for each of its platforms. Only its owner can see it.")
class Post(Node):
    clerk_user_id: str = strawberry.field(
        description=("The owner: the `sub` of the bearer token with which this object was created.")
    )
    status: PostStatus = strawberry.field(description="The state of the post on all its platforms together.")
    publications: list[Publication] = strawberry.field(
        description=(
            "The post's publications, one for each of its platforms, in the order in which they were created. There "
            "is at least one."
        )
    )
    cloned_from_id: ID | None = strawberry.field(
        description=(
            "The id of the post from which this one was cloned, which may have been deleted. It is null if the post "
            "is not a clone."
        )
    )
    created_by_queue_id: ID | None = strawberry.field(
        description=(
            "The id of the queue that created the post, which may have been deleted. It is null if no queue created it."
        )
    )
    scheduled_time: datetime | None = strawberry.field(
        description=(
            "When the first of the post's publications is, or was, to be published. It is null if none has a time."
        )
    )
    created_at: datetime = strawberry.field(description="When this object was created.")
    updated_at: datetime = strawberry.field(description="When the post's texts, times or states last changed.")

    @classmethod
    def of(cls, row: models.Post | PostRow) -> Self:
        """The row as a Post, with its publications if they were read."""
        found, time = row.publications, row.updated_at
        return cls(
            id=ID(str(row.id)),
            clerk_user_id=row.clerk_user_id,
            status=row.status,
            publications=NOT_READ if found is None else [Publication.of(one, time) for one in found],
            cloned_from_id=id_or_none(row.cloned_from_id),
            created_by_queue_id=id_or_none(row.created_by_queue_id),
            scheduled_time=row.earliest_time,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
