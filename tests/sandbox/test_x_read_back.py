"""What our own transport publishes on the sandbox's X it finds there again, whatever is in the text."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from perennial.outbound.http_session import HttpSession
from perennial.platforms.x.transport import X

from .conftest import Sandbox

TOKEN = "sandbox-alice"

TEXTS = [
    "Hello",
    "Tea & <cake>, &lt;b&gt; and &amp;amp;",
    "if a < b && b > c: \"quote\" 'it'",
    "https://example.com/a?b=1&c=2",
    "See https://example.com/a?b=1&c=2, http://two.example/%C3%A9#f and x.ai.",
    "example.com & example.com/ & EXAMPLE.com",
    "(https://en.wikipedia.org/wiki/Perennial_(disambiguation))",
    "https://t.co/a1B2c3D4e5 is a link too",
    "No.link here.at.all... 1.5 e.g. this",
    "Grüße aus München: café, naïve, Ångström",
    "Gru\u0308\u00dfe, cafe\u0301",
    "日本語のテキスト https://例え.jp",
    "한국어 \u1112\u1161\u11ab",
    "👩‍🚀 👨‍👩‍👧‍👦 🇩🇪 👍🏽 ❤️ https://example.com 👩‍🚀",
    "Line one\n\nline two\r\n  indented\ttab\u00a0space",
    "#Python @alice $TSLA *bold* _it_ [x](https://example.com) \\n",
    "x" * 280,
    "é" * 280,
    "日" * 140,
    "👩‍🚀" * 140,
    ("https://example.com/" + "long/" * 40) + " " + "y" * 256,
    "&" * 280,
]


@pytest.fixture
async def x(sandbox: Sandbox) -> AsyncIterator[X]:
    async with HttpSession() as session:
        yield X(session, str(sandbox.client.base_url.join("x")), None, None)


async def test_each_text_is_found_with_the_receipt_that_it_got(sandbox: Sandbox, x: X) -> None:
    alice = await x.identify(TOKEN)
    since = sandbox.clock.now
    for text in TEXTS:
        assert x.text_error(text) is None
        receipt = await x.publish(alice, TOKEN, text, sandbox.clock.now)
        [found] = await x.find_matches(alice, TOKEN, text, since)
        assert (found.receipt, found.time) == (receipt, sandbox.clock.now)
        assert x.receipt_of(receipt.url) == receipt
        sandbox.clock.passes(seconds=1)


@pytest.mark.parametrize("text", ["Hello", "Tea & cake on https://example.com"])
async def test_what_was_not_published_is_not_found(sandbox: Sandbox, x: X, text: str) -> None:
    alice = await x.identify(TOKEN)
    for other in ("Hello!", "Tea &amp; cake on https://example.com", "Tea & cake on https://example.com/b"):
        await x.publish(alice, TOKEN, other, sandbox.clock.now)
    assert await x.find_matches(alice, TOKEN, text, sandbox.clock.now) == []


async def test_a_text_that_came_back_is_found_each_time_newest_first(sandbox: Sandbox, x: X) -> None:
    sandbox.start(duplicate_window_seconds=0)
    alice = await x.identify(TOKEN)
    began, receipts = sandbox.clock.now, []
    for _ in range(3):
        receipts.append(await x.publish(alice, TOKEN, "Hello & bye", sandbox.clock.now))
        sandbox.clock.passes(minutes=1)
    found = await x.find_matches(alice, TOKEN, "Hello & bye", began)
    assert [one.receipt for one in found] == receipts[::-1]


async def test_what_is_older_is_not_looked_at(sandbox: Sandbox, x: X) -> None:
    alice = await x.identify(TOKEN)
    await x.publish(alice, TOKEN, "Hello", sandbox.clock.now)
    assert len(await x.find_matches(alice, TOKEN, "Hello", sandbox.clock.now)) == 1
    assert await x.find_matches(alice, TOKEN, "Hello", sandbox.clock.now + timedelta(seconds=1)) == []


async def test_it_is_found_below_five_hundred_younger_posts_and_no_deeper(sandbox: Sandbox, x: X) -> None:
    sandbox.start(rate_limit={"X": None})
    alice = await x.identify(TOKEN)
    await x.publish(alice, TOKEN, "Deepest", sandbox.clock.now)
    receipt = await x.publish(alice, TOKEN, "Deep", sandbox.clock.now)
    for number in range(499):
        await sandbox.tweet("alice", f"No. {number}")
    [found] = await x.find_matches(alice, TOKEN, "Deep", sandbox.clock.now)
    assert found.receipt == receipt
    assert await x.find_matches(alice, TOKEN, "Deepest", sandbox.clock.now) == []


async def test_mallory_cannot_look_into_alices_posts(sandbox: Sandbox, x: X) -> None:
    alice = await x.identify(TOKEN)
    await x.publish(alice, TOKEN, "Hello", sandbox.clock.now)
    mallory = await x.identify("sandbox-mallory")
    assert await x.find_matches(mallory, "sandbox-mallory", "Hello", sandbox.clock.now) == []
