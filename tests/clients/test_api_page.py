"""docs/api.md runs as it stands: one story, from the first example to the last, each answered as the page shows it."""

from itertools import groupby

from support.http import client_of
from support.pages.api_page import TEXT, examples
from support.pages.api_story import Story

# On the page the story is alice's, who has other things to do on this server.
USER = "rose"


async def test_the_story_goes_as_the_page_says(address: str) -> None:
    told = examples(TEXT.replace("127.0.0.1:8000", address).replace("alice", USER))
    async with client_of(f"http://{address}") as http:
        token = (await http.post("/sandbox/token", json={"user": USER})).json()["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        story = Story(http, shell=told[0].code)
        for _, topic in groupby(told, lambda one: one.topic):
            await story.tell(list(topic))
    assert set(story.told) == {"bash", "query", "mutation", "subscription"}
