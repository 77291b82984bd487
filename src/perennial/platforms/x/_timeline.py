"""Decides whether a post in X's timeline has the text that was sent.

X returns text with three characters escaped, links replaced by its own t.co, and a long post's text in another field
(X's OpenAPI document 2.167, GET /2/users/{id}/tweets). X does not document these changes; docs/states.md has the rules.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from perennial.core.instants import whole_milliseconds

PAGE_SIZE = 100
# A user may post 100 times in 15 minutes, so the post is among the first few pages.
PAGES_MAX = 5

_ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # the ampersand last: it may be part of the others


def query_parameters(not_before: datetime, next_token: str | None) -> dict[str, str]:
    """The query parameters for a page of the timeline; `next_token` None means the first."""
    start = not_before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = {"pagination_token": next_token} if next_token else {}
    fields = "created_at,entities,note_tweet"
    return {"max_results": str(PAGE_SIZE), "start_time": start, "exclude": "retweets", "tweet.fields": fields, **page}


def is_match(text: str, post: Mapping[str, Any]) -> bool:
    """Whether the post, as X returns it, has this text, as we sent it."""
    wanted = _normalized(text)
    return wanted != "" and _normalized(_visible_text(post)) == wanted


def created_at(post: Mapping[str, Any]) -> datetime | None:
    """When the post was published; None if X does not say."""
    value = post.get("created_at")
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return whole_milliseconds(time) if time and time.tzinfo else None


def _visible_text(post: Mapping[str, Any]) -> str:
    """The post's text as a reader sees it, with its links expanded."""
    note = post.get("note_tweet")
    container = note if isinstance(note, dict) and isinstance(note.get("text"), str) else post
    text = container.get("text")
    if not isinstance(text, str):
        return ""
    for escaped, plain in _ESCAPED:
        text = text.replace(escaped, plain)
    links = _expanded_links(container.get("entities") or post.get("entities"))
    either = "|".join(re.escape(short) for short in sorted(links, key=len, reverse=True))
    return re.sub(either, lambda found: links[found[0]], text) if links else text


def _expanded_links(entities: Any) -> dict[str, str]:
    """The links by the t.co URLs that X replaced them with."""
    urls = entities.get("urls") if isinstance(entities, dict) else None
    found = [url for url in urls if isinstance(url, dict)] if isinstance(urls, list) else []
    pairs = [(url.get("url"), url.get("expanded_url")) for url in found]
    return {short: long for short, long in pairs if isinstance(short, str) and isinstance(long, str) and short}


def _normalized(text: str) -> str:
    """The text without what X changes: the encoding of accents, white space, and the scheme it adds to a domain."""
    plain = re.sub(r"https?://", "", unicodedata.normalize("NFC", text), flags=re.IGNORECASE)
    return " ".join(plain.split())
