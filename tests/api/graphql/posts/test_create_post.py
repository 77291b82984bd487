"""createPost: a draft with a text for each platform, checked against the platform's own limits."""

import pytest
from support.api import CREATE_POST, User
from support.clock import FakeClock

from perennial.core.instants import instant


def publication(platform: str, content: object) -> dict[str, object]:
    return {"platform": platform, "content": content}


async def test_a_new_post_is_a_draft(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there\n\nÄ 👩‍👩‍👧 (really)")
    publications = post.pop("publications")
    assert post == {
        "id": post["id"],
        "clerkUserId": "alice",
        "status": "DRAFT",
        "clonedFromId": None,
        "createdByQueueId": None,
        "scheduledTime": None,
        "createdAt": instant(clock.now),
        "updatedAt": instant(clock.now),
    }
    contents = [(one["platform"], one["content"]) for one in publications]
    assert contents == [("X", "Hello"), ("LINKEDIN", "Hello there\n\nÄ 👩‍👩‍👧 (really)")]
    for one in publications:
        assert (one["status"], one["attempts"]) == ("DRAFT", 0)
        rest = one.keys() - {"id", "platform", "content", "status", "attempts"}
        assert all(one[name] is None for name in rest)


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_one_platform_is_enough(alice: User, platform: str) -> None:
    post = await alice.create_post(**{platform: "Hello"})
    assert [one["platform"] for one in post["publications"]] == [platform]
    assert await alice.post(post["id"]) == post


FITS = [
    ("X", "a" * 280),
    ("X", "€" * 140),
    ("X", "👩‍👩‍👧" * 140),
    ("X", "a" * 256 + " https://example.com/" + "a" * 200),
    ("LINKEDIN", "a" * 3_000),
    ("LINKEDIN", "(" * 1_500),
    ("LINKEDIN", "€" * 3_000),
]
TOO_LONG = [
    ("X", "a" * 281),
    ("X", "€" * 140 + "a"),
    ("X", "a" * 257 + " https://example.com/"),
    ("X", "a" * 100_000),
    ("LINKEDIN", "a" * 3_001),
    ("LINKEDIN", "(" * 1_500 + "a"),
    ("LINKEDIN", "a" * 2_999 + "_"),
]


async def test_a_text_that_just_fits_is_taken_as_it_is(alice: User) -> None:
    for platform, text in FITS:
        (one,) = (await alice.create_post(**{platform: text}))["publications"]
        assert one["content"] == text


async def test_a_text_too_long_for_its_platform_is_refused_by_its_place(alice: User) -> None:
    for platform, text in TOO_LONG:
        other = {"X": "LINKEDIN", "LINKEDIN": "X"}[platform]
        given = {"publications": [publication(other, "Hello"), publication(platform, text)]}
        refusal = await alice.refused(CREATE_POST, input=given)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "publications.1.content"), text[:20]
    assert await no_posts(alice)


REFUSED = [
    ([], "publications"),
    (None, "publications"),
    ([None], "publications.0"),
    ([publication("X", "")], "publications.0.content"),
    ([publication("X", " \t\n")], "publications.0.content"),
    ([publication("X", None)], "publications.0.content"),
    ([publication("X", 1)], "publications.0.content"),
    ([publication("X", "a\x00b")], "publications.0.content"),
    ([publication("LINKEDIN", "a\ud800b")], "publications.0.content"),
    ([publication("X", "\ufeffSow in spring.")], "publications.0.content"),
    ([publication("LINKEDIN", "Sow."), publication("X", "Sow in spring.\uffff")], "publications.1.content"),
    ([publication("X", "Hello"), publication("X", "Hi")], "publications.1.platform"),
    ([publication("X", "Hello"), publication("MYSPACE", "Hi")], "publications.1.platform"),
    ([{"platform": "X"}], "publications.0.content"),
    ([publication("X", "Hello") | {"status": "PUBLISHED"}], "publications.0.status"),
]


async def test_what_cannot_be_a_post_is_refused_by_name(alice: User) -> None:
    for publications, field in REFUSED:
        refusal = await alice.refused(CREATE_POST, input={"publications": publications})
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field), publications
    assert await no_posts(alice)


BLANK = [
    *(" ", "\n", "\u00a0", "\u2003", "\u3000", "\u2028"),  # white space
    *("\u200b", "\u200c", "\u200d", "\u2060", "\u034f", "\u00ad", "\u180e", "\u202e", "\u2066"),  # joiners, directions
    *("\ufe0f", "\ufe00", "\U000e0100", "\U000e0041", "\U000e007f"),  # variation selectors, tags
    *("\u3164", "\u115f", "\u1160", "\uffa0", "\u17b4", "\u17b5", "\u2800", "\U0001d159"),  # fillers, blank symbols
    *("\ufff9", "\u206a"),  # format characters
]
SEEN = [".", "\u0661", "\u0301", "🌱", "\u3164a", "\u200b.\u200b", "\u0600", "\U000e0020🏴", "❤\ufe0f"]


@pytest.mark.one_dialect
async def test_a_text_of_which_nothing_can_be_seen_is_refused(alice: User) -> None:
    for platform in ("X", "LINKEDIN"):
        for text in (*BLANK, "".join(BLANK)):
            refusal = await alice.refused(CREATE_POST, input={"publications": [publication(platform, text)]})
            assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "publications.0.content"), ascii(text)
            assert refusal.message == "A text cannot be empty: it needs a character that can be seen."
    assert await no_posts(alice)
    for text in SEEN:
        assert (await alice.create_post(x=text, linkedin=text))["status"] == "DRAFT", ascii(text)


@pytest.mark.one_dialect
async def test_a_control_character_is_refused_by_its_name(alice: User) -> None:
    refused = {chr(number) for number in (*range(0x20), *range(0x7F, 0xA0))} - set("\t\n\r")
    for character in sorted(refused):
        given = {"publications": [publication("LINKEDIN", f"Sow{character} in spring.")]}
        refusal = await alice.refused(CREATE_POST, input=given)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "publications.0.content"), ascii(character)
        name = f"U+{ord(character):04X}"
        assert refusal.message == f"The text has the control character {name}; only tabs and line ends may be in it."
    half = await alice.refused(CREATE_POST, input={"publications": [publication("X", "Sow \ud83c in spring.")]})
    assert half.message == "The text has U+D83C, half of a surrogate pair, which is no character."
    assert await no_posts(alice)
    (one,) = (await alice.create_post(x="Sow\tin spring,\r\nwater\rin summer.\n"))["publications"]
    assert one["content"] == "Sow\tin spring,\r\nwater\rin summer.\n"


async def no_posts(user: User) -> bool:
    return bool((await user.do("{ posts { nodes { id } } }"))["nodes"] == [])
