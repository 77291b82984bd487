"""A post's status follows from its publications."""

from itertools import combinations_with_replacement

import pytest

from perennial.core.states import PostStatus, PublicationStatus, post_status

DRAFT, SCHEDULED, PUBLISHING = PublicationStatus.DRAFT, PublicationStatus.SCHEDULED, PublicationStatus.PUBLISHING
PUBLISHED, FAILED, UNCONFIRMED = PublicationStatus.PUBLISHED, PublicationStatus.FAILED, PublicationStatus.UNCONFIRMED

CASES = {
    (): PostStatus.DRAFT,
    (DRAFT,): PostStatus.DRAFT,
    (SCHEDULED,): PostStatus.SCHEDULED,
    (PUBLISHING,): PostStatus.PUBLISHING,
    (PUBLISHED,): PostStatus.PUBLISHED,
    (FAILED,): PostStatus.FAILED,
    (UNCONFIRMED,): PostStatus.UNCONFIRMED,
    (DRAFT, DRAFT): PostStatus.DRAFT,
    (DRAFT, SCHEDULED): PostStatus.SCHEDULED,
    (DRAFT, PUBLISHING): PostStatus.PUBLISHING,
    (DRAFT, PUBLISHED): PostStatus.PARTIALLY_PUBLISHED,
    (DRAFT, FAILED): PostStatus.FAILED,
    (DRAFT, UNCONFIRMED): PostStatus.UNCONFIRMED,
    (SCHEDULED, SCHEDULED): PostStatus.SCHEDULED,
    (SCHEDULED, PUBLISHING): PostStatus.PUBLISHING,
    (SCHEDULED, PUBLISHED): PostStatus.SCHEDULED,
    (SCHEDULED, FAILED): PostStatus.SCHEDULED,
    (SCHEDULED, UNCONFIRMED): PostStatus.SCHEDULED,
    (PUBLISHING, PUBLISHING): PostStatus.PUBLISHING,
    (PUBLISHING, PUBLISHED): PostStatus.PUBLISHING,
    (PUBLISHING, FAILED): PostStatus.PUBLISHING,
    (PUBLISHING, UNCONFIRMED): PostStatus.PUBLISHING,
    (PUBLISHED, PUBLISHED): PostStatus.PUBLISHED,
    (PUBLISHED, FAILED): PostStatus.PARTIALLY_PUBLISHED,
    (PUBLISHED, UNCONFIRMED): PostStatus.UNCONFIRMED,
    (FAILED, FAILED): PostStatus.FAILED,
    (FAILED, UNCONFIRMED): PostStatus.UNCONFIRMED,
    (UNCONFIRMED, UNCONFIRMED): PostStatus.UNCONFIRMED,
}


@pytest.mark.parametrize("publications", CASES, ids=lambda states: "+".join(states) or "none")
def test_a_posts_status_follows_its_publications_in_any_order(publications: tuple[PublicationStatus, ...]) -> None:
    assert post_status(publications) == CASES[publications]
    assert post_status(publications[::-1]) == CASES[publications]


def test_every_pair_of_states_is_among_the_cases() -> None:
    for pair in combinations_with_replacement(PublicationStatus, 2):
        assert pair in CASES or pair[::-1] in CASES
