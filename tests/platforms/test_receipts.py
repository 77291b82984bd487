"""The post that a person means by a URL: the forms that people paste, and what is refused."""

import pytest

from perennial.outbound.http_session import HttpSession
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.transport import Identity, Receipt
from perennial.platforms.x.transport import X

ID = "1890000000000000001"
NUMBER = "7141000000000000001"
ACTIVITY, SHARE, UGC = (f"urn:li:{kind}:{NUMBER}" for kind in ("activity", "share", "ugcPost"))


@pytest.fixture
def x(session: HttpSession) -> X:
    return X(session, "http://127.0.0.1:1", None, None)


@pytest.fixture
def linkedin(session: HttpSession) -> LinkedIn:
    return LinkedIn(session, "http://127.0.0.1:1", "http://127.0.0.1:1", "202609", None, None)


@pytest.mark.parametrize(
    "url",
    [
        f"https://x.com/alice/status/{ID}",
        f"http://x.com/alice/status/{ID}",
        f"https://twitter.com/alice/status/{ID}",
        f"https://www.x.com/alice/status/{ID}",
        f"https://www.twitter.com/alice/status/{ID}",
        f"https://mobile.x.com/alice/status/{ID}",
        f"https://mobile.twitter.com/alice/status/{ID}",
        f"https://x.com/alice/statuses/{ID}",
        f"https://x.com/alice/status/{ID}/",
        f"https://x.com/alice/status/{ID}?s=20",
        f"https://x.com/alice/status/{ID}?s=46&t=aB-_9",
        f"https://x.com/alice/status/{ID}#m",
        f"https://x.com/alice/status/{ID}/photo/1",
        f"https://x.com/alice/status/{ID}/photo/1?s=20",
        f"https://x.com/alice/status/{ID}/video/1",
        f"https://x.com/alice/status/{ID}/analytics",
        f"  https://x.com/alice/status/{ID}\n",
    ],
)
async def test_a_post_on_x_is_known_by_its_number(x: X, url: str) -> None:
    assert x.receipt_of(url) == Receipt(ID, f"https://x.com/alice/status/{ID}")


@pytest.mark.parametrize("handle", ["i/web", "@alice", "not-a-handle"])
async def test_a_post_on_x_without_a_handle_that_can_be_one_is_found_without_it(x: X, handle: str) -> None:
    found = x.receipt_of(f"https://twitter.com/{handle}/status/{ID}?s=20")
    assert found == Receipt(ID, f"https://x.com/i/web/status/{ID}")


NO_POSTS_ON_X = [
    "",
    " ",
    ID,
    "https://x.com",
    "https://x.com/",
    "https://x.com/alice",
    "https://x.com/alice/with_replies",
    "https://x.com/alice/status",
    "https://x.com/alice/status/",
    "https://x.com/alice/status/latest",
    f"https://x.com/alice/status/{ID}a",
    f"https://x.com/alice/status/{ID}0",
    f"https://x.com/alice/status/-{ID}",
    "https://x.com/alice/status/١٢٣",
    f"https://x.com/status/{ID}",
    f"https://x.com//status/{ID}",
    f"https://x.com/alice/lists/{ID}",
    f"https://x.com/alice?next=/status/{ID}",
    f"https://x.com/?u=alice/status/{ID}",
    f"https://x.com.evil.example/alice/status/{ID}",
    f"https://x.com@evil.example/alice/status/{ID}",
    f"https://evil.example/x.com/alice/status/{ID}",
    f"https://evil.example/?https://x.com/alice/status/{ID}",
    f"https://evilx.com/alice/status/{ID}",
    f"https://nitter.evil.x.com.example/alice/status/{ID}",
    f"https://xxcom/alice/status/{ID}",
    f"https://x.com:8443/alice/status/{ID}",
    f"javascript:https://x.com/alice/status/{ID}",
    f"javascript://x.com/alice/status/{ID}",
    f"ftp://x.com/alice/status/{ID}",
    f"//x.com/alice/status/{ID}",
    f"see https://x.com/alice/status/{ID}",
    f"https://x.com/alice/status/{ID} see",
    "https://t.co/a1B2c3D4e5",
    f"https://www.linkedin.com/feed/update/{SHARE}",
]


@pytest.mark.parametrize("url", NO_POSTS_ON_X)
async def test_what_is_no_post_on_x_is_refused(x: X, url: str) -> None:
    assert x.receipt_of(url) is None


@pytest.mark.parametrize(
    ("path", "urn"),
    [
        (f"feed/update/{SHARE}", SHARE),
        (f"feed/update/{UGC}", UGC),
        (f"feed/update/{ACTIVITY}", ACTIVITY),
        (f"feed/update/{ACTIVITY}/", ACTIVITY),
        (f"feed/update/{ACTIVITY}?utm_source=share&rcm=aB-_", ACTIVITY),
        (f"feed/update/{ACTIVITY}/?commentUrn=urn%3Ali%3Acomment%3A(activity%3A1%2C2)", ACTIVITY),
        (f"feed/update/{ACTIVITY}#top", ACTIVITY),
        (f"feed/update/urn%3Ali%3Ashare%3A{NUMBER}", SHARE),
        (f"feed/update/urn%3ali%3augcPost%3a{NUMBER}/", UGC),
        (f"embed/feed/update/{SHARE}", SHARE),
        (f"posts/alice-lidell_python-graphql-activity-{NUMBER}-aBcD", ACTIVITY),
        (f"posts/alice-lidell_python-graphql-activity-{NUMBER}-aBcD/", ACTIVITY),
        (f"posts/alice-lidell_activity-{NUMBER}-aB_-", ACTIVITY),
        (f"posts/alice-lidell_hello-share-{NUMBER}-aBcD?utm_source=share&utm_medium=member_desktop", SHARE),
        (f"posts/alice_hello-ugcPost-{NUMBER}-aBcD", UGC),
        (f"posts/alice_activity-{NUMBER}", ACTIVITY),
        (f"posts/alice_share-activity-1-activity-{NUMBER}-aBcD", ACTIVITY),
        (f"posts/zo%C3%AB_caf%C3%A9-activity-{NUMBER}-aBcD", ACTIVITY),
        (f"posts/zoë_café-activity-{NUMBER}-aBcD", ACTIVITY),
    ],
)
@pytest.mark.parametrize("host", ["https://www.linkedin.com", "http://linkedin.com", "https://de.linkedin.com"])
async def test_a_post_on_linkedin_is_known_by_its_urn(linkedin: LinkedIn, host: str, path: str, urn: str) -> None:
    expected = Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}")
    assert linkedin.receipt_of(f" {host}/{path}\n") == expected


NO_POSTS_ON_LINKEDIN = [
    "",
    " ",
    SHARE,
    NUMBER,
    "https://www.linkedin.com",
    "https://www.linkedin.com/feed/",
    "https://www.linkedin.com/in/alice-lidell",
    f"https://www.linkedin.com/in/alice-activity-{NUMBER}-aBcD",
    "https://www.linkedin.com/in/alice-lidell/recent-activity/all/",
    "https://www.linkedin.com/company/alice/posts/",
    "https://www.linkedin.com/feed/update/",
    "https://www.linkedin.com/feed/update/urn:li:share:",
    "https://www.linkedin.com/feed/update/urn:li:share:١٢٣",
    f"https://www.linkedin.com/feed/update/urn:li:share:{NUMBER}x",
    f"https://www.linkedin.com/feed/update/urn:li:person:{NUMBER}",
    f"https://www.linkedin.com/feed/update/urn:li:comment:{NUMBER}",
    f"https://www.linkedin.com/feed/update/{'urn:li:share:' + '1' * 31}",
    f"https://www.linkedin.com/feed/?highlighted={SHARE}",
    "https://www.linkedin.com/posts/alice-lidell_hello",
    "https://www.linkedin.com/posts/alice_hello-activity-aBcD",
    f"https://www.linkedin.com/posts/alice_hello-{NUMBER}-aBcD",
    f"https://www.linkedin.com/posts/alice?activity-{NUMBER}-aBcD",
    f"https://www.linkedin.com/posts/alice/x-activity-{NUMBER}-aBcD",
    f"https://www.linkedin.com/pulse/hello-activity-{NUMBER}-aBcD",
    f"https://www.linkedin.com.evil.example/feed/update/{SHARE}",
    f"https://linkedin.com@evil.example/feed/update/{SHARE}",
    f"https://linkedin.com%40evil.example/feed/update/{SHARE}",
    f"https://evil.example/linkedin.com/feed/update/{SHARE}",
    f"https://evil.example/?https://www.linkedin.com/feed/update/{SHARE}",
    f"https://evillinkedin.com/feed/update/{SHARE}",
    f"https://wwwxlinkedin.com/feed/update/{SHARE}",
    f"javascript:https://www.linkedin.com/feed/update/{SHARE}",
    f"javascript%3Ahttps://www.linkedin.com/feed/update/{SHARE}",
    f"//www.linkedin.com/feed/update/{SHARE}",
    f"see https://www.linkedin.com/feed/update/{SHARE}",
    "https://lnkd.in/aBcD",
    f"https://x.com/alice/status/{ID}",
]


@pytest.mark.parametrize("url", NO_POSTS_ON_LINKEDIN)
async def test_what_is_no_post_on_linkedin_is_refused(linkedin: LinkedIn, url: str) -> None:
    assert linkedin.receipt_of(url) is None


ALICE = Identity("7", "Alice_1")
HERS_OR_NOBODYS = [
    f"https://x.com/Alice_1/status/{ID}",
    f"https://x.com/alice_1/status/{ID}?s=20",
    f"https://mobile.twitter.com/ALICE_1/status/{ID}/photo/1",
    f"https://x.com/i/status/{ID}",
    f"https://twitter.com/I/status/{ID}",
    f"https://x.com/i/web/status/{ID}",
    f"https://x.com/not-a-handle/status/{ID}",
]


@pytest.mark.parametrize("url", HERS_OR_NOBODYS)
async def test_a_url_on_x_with_the_accounts_handle_or_none_may_be_the_accounts(x: X, url: str) -> None:
    assert x.writer_error(url, ALICE) is None


@pytest.mark.parametrize("host", ["x.com", "www.x.com", "twitter.com", "mobile.twitter.com"])
async def test_a_url_on_x_with_another_handle_is_another_accounts(x: X, host: str) -> None:
    assert x.writer_error(f"https://{host}/bob/status/{ID}?s=20", ALICE) == (
        "This is a post of @bob, and the publication is of @Alice_1. If that account has another name by now, write "
        f"https://x.com/i/status/{ID}."
    )
    assert x.writer_error(f"https://{host}/bob/status/{ID}", Identity("7", None)) is None


@pytest.mark.parametrize("path", [f"feed/update/{SHARE}", f"posts/bob_hello-share-{NUMBER}-aBcD"])
async def test_a_url_on_linkedin_says_nobody_whom_we_know(linkedin: LinkedIn, path: str) -> None:
    assert linkedin.writer_error(f"https://www.linkedin.com/{path}", Identity("7", "Alice Lidell")) is None
