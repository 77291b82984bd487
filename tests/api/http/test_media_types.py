"""Which form of an answer is chosen, by what the client says it takes."""

import pytest

from perennial.api.http.media_types import MediaType, preferred, wants_page

JSON, RESPONSE, EVENTS = MediaType.JSON, MediaType.RESPONSE, MediaType.EVENTS


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json", RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/json;q=0.9, application/graphql-response+json", RESPONSE),
        ("application/json, application/graphql-response+json", JSON),
        ("text/event-stream", EVENTS),
        ("text/event-stream, multipart/mixed", EVENTS),
        # What urql asks for with every query: the stream is only one of the forms that it takes.
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", RESPONSE),
        ("text/html, application/json;q=0.1", JSON),
        ("application/json;q=0, application/graphql-response+json;q=0.1", RESPONSE),
        ("application/json;q=much", JSON),
        ("application/json;q=0, */*", RESPONSE),
        ("application/json, */*;q=0", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/xml, image/*", None),
    ],
)
def test_what_is_wanted_most_is_chosen_and_of_equals_the_first(accept: str, chosen: MediaType | None) -> None:
    assert preferred(accept) == chosen


@pytest.mark.parametrize(("accept", "page"), [("text/html,*/*;q=0.8", True), ("*/*", False), ("", False)])
def test_only_who_names_html_is_a_browser(accept: str, page: bool) -> None:
    assert wants_page(accept) is page
