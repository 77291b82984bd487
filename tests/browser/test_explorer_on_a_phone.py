"""The explorer on a phone: the panes below each other, each as wide as the screen, and nothing cut off."""

import pytest
from support.browser import Visit

WIDTH, HEIGHT = 390, 844
PANES = (".graphiql-query-editor", ".graphiql-response")
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def phone(visit: Visit) -> Visit:
    """A visitor with a phone."""
    await visit.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    await visit.open()
    return visit


async def box(visit: Visit, selector: str) -> dict[str, float]:
    """Where an element is: x, y, width, height."""
    found = await visit.page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return dict(found)


async def test_the_operation_and_its_answer_stand_below_each_other_as_wide_as_the_screen(phone: Visit) -> None:
    await phone.run("QueueIt")
    await phone.look("phone")
    operation, answer = [await box(phone, pane) for pane in PANES]
    assert min(operation["width"], answer["width"]) > 0.9 * WIDTH
    assert min(operation["height"], answer["height"]) > HEIGHT / 5
    assert answer["y"] >= operation["y"] + operation["height"]
    assert answer["y"] + answer["height"] <= HEIGHT
    assert await phone.page.evaluate(OVERFLOW) == 0


async def test_the_header_takes_three_lines_at_most_while_it_counts_down(phone: Visit) -> None:
    await phone.run("QueueIt")
    assert "falls due" in await phone.page.locator(".bar-news").inner_text()
    assert (await box(phone, ".bar"))["height"] < HEIGHT / 8
    title, link = await box(phone, ".bar-title"), await box(phone, ".bar-link")
    assert title["x"] + title["width"] <= link["x"]
    assert link["x"] + link["width"] <= WIDTH


async def test_every_button_can_be_reached(phone: Visit) -> None:
    for selector in (".graphiql-toolbar", ".graphiql-sidebar"):
        for button in await phone.page.locator(f"{selector} > button").all():
            found = await button.bounding_box()
            assert found is not None
            assert 0 <= found["x"] <= WIDTH - found["width"]
            assert 0 <= found["y"] <= HEIGHT - found["height"]


async def test_the_documentation_has_half_of_the_screen_and_gives_it_back(phone: Visit) -> None:
    before = await box(phone, ".graphiql-sessions")
    await phone.page.get_by_label("Show Documentation Explorer").click()
    await phone.page.get_by_text("Root Types").wait_for()
    await phone.look("phone-documentation")
    found = await box(phone, ".graphiql-plugin")
    assert found["width"] > 0.9 * WIDTH
    assert found["height"] > HEIGHT / 2
    await phone.page.get_by_label("Hide Documentation Explorer").click()
    assert await box(phone, ".graphiql-sessions") == before
