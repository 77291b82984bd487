"""X: the list of a user's posts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Self

from starlette.responses import JSONResponse, Response

from perennial.sandbox._post_store import PostStore, PublishedPost
from perennial.sandbox._settings import X
from perennial.sandbox.x._responses import PROBLEMS, invalid_request, post_object, user_id

PARAMETERS = frozenset({"max_results", "start_time", "end_time", "exclude", "tweet.fields", "pagination_token"})
FIELDS = frozenset(
    {"id", "text", "created_at", "author_id", "entities", "note_tweet", "edit_history_tweet_ids", "public_metrics"}
    | {"lang", "conversation_id"}
)
EXCLUDABLE = frozenset({"retweets", "replies"})


@dataclass(frozen=True)
class _Query:
    """The parameters of a request; `below` is the id of the last post on the page before."""

    size: int
    start: datetime | None
    end: datetime | None
    below: int | None
    fields: frozenset[str]

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Reads the parameters. Raises ValueError, with X's own message, for those that X refuses."""
        for name in query:
            if name not in PARAMETERS:
                raise ValueError(f"The query parameter [{name}] is not one of {sorted(PARAMETERS)}")
        _name_set(query, "exclude", EXCLUDABLE)
        return cls(
            size=_number(query, "max_results", 5, 100) or 10,
            start=_time(query, "start_time"),
            end=_time(query, "end_time"),
            below=_number(query, "pagination_token", 1, 10**19),
            fields=_name_set(query, "tweet.fields", FIELDS),
        )

    def matches(self, post: PublishedPost) -> bool:
        """Whether the post matches the parameters, apart from the page's size."""
        return (
            (self.start is None or post.time >= self.start)
            and (self.end is None or post.time < self.end)
            and (self.below is None or int(post.id) < self.below)
        )


def timeline(posts: PostStore, user: str, requested_id: str, parameters: Mapping[str, str]) -> Response:
    """A page of the user's own posts, newest first. For another user's id it is an error."""
    try:
        query = _Query.of(parameters)
    except ValueError as error:
        return invalid_request(str(error))
    if requested_id != user_id(user):
        return _no_such_user(requested_id)
    found = list(islice(filter(query.matches, posts.of_user(X, user)), query.size + 1))
    return _page(found[: query.size], query, more=len(found) > query.size)


def _page(posts: list[PublishedPost], query: _Query, *, more: bool) -> Response:
    meta: dict[str, object] = {"result_count": len(posts)}
    if not posts:
        return JSONResponse({"meta": meta})  # X leaves `data` out of an empty page
    meta |= {"newest_id": posts[0].id, "oldest_id": posts[-1].id}
    if more:
        meta["next_token"] = posts[-1].id
    return JSONResponse({"data": [post_object(post, query.fields) for post in posts], "meta": meta})


def _no_such_user(requested_id: str) -> Response:
    error = {
        "value": requested_id,
        "detail": f"Could not find user with id: [{requested_id}].",
        "title": "Not Found Error",
        "resource_type": "user",
        "parameter": "id",
        "resource_id": requested_id,
        "type": f"{PROBLEMS}/resource-not-found",
    }
    return JSONResponse({"errors": [error]})


def _number(query: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 20 and low <= int(value) <= high):
        raise ValueError(f"The `{name}` query parameter value [{value}] is not between {low} and {high}")
    return int(value)


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name)
    if value is None:
        return None
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"The `{name}` query parameter value [{value}] is not a valid RFC3339 date-time")


def _name_set(query: Mapping[str, str], name: str, allowed: frozenset[str]) -> frozenset[str]:
    names = frozenset(filter(None, query.get(name, "").split(",")))
    if wrong := sorted(names - allowed):
        raise ValueError(f"The `{name}` query parameter value [{wrong[0]}] is not one of {sorted(allowed)}")
    return names
