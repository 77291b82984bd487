"""The explorer as its visitor has it on the screen, and a browser that is held to one host."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support.story import eventually

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, ConsoleMessage, Page, Route, WebSocket

TABS = ("Connect", "WriteAPost", "QueueIt", "WatchItGoOut", "ReadTheLedger", "KnowAhead", "Steer")
DASH = "tab => { tab.click(); document.querySelector('.graphiql-execute-button').click(); }"
# GraphiQL leaves its editors' library in a global name.
MODEL = "globalThis.__MONACO?.editor.getModels().find(one => one.uri.path.endsWith(name))"


async def only(context: "BrowserContext", host: str, troubles: list[str]) -> None:
    """Lets the pages of the context reach that host:port; writes all else that they try into `troubles`."""

    async def pass_or_refuse(route: "Route") -> None:
        if urlsplit(route.request.url).netloc == host:
            await route.continue_()
        else:
            troubles.append(f"asked for {route.request.url}")
            await route.abort()

    def subscribe(page: "Page") -> None:
        page.on("pageerror", lambda error: troubles.append(f"threw {error}"))
        page.on("console", hear)
        page.on("websocket", lambda one: urlsplit(one.url).netloc == host or troubles.append(f"asked for {one.url}"))

    def hear(message: "ConsoleMessage") -> None:
        if message.type == "error":
            troubles.append(f"said {message.text}")

    await context.route("**/*", pass_or_refuse)
    context.on("page", subscribe)


@dataclass
class Visit:
    """One visitor's page."""

    page: "Page"
    root: str
    screenshots: Path
    troubles: list[str]
    news: list[dict[str, Any]] = field(default_factory=list)

    async def open(self) -> None:
        """Opens the explorer, and waits until it stands and knows the schema."""
        self.page.on("websocket", self._listen)
        await self.page.goto(f"{self.root}/graphql")
        await eventually(lambda: self.read("operation.graphql"), "the operation editor is there")

    async def in_production(self, introspection: str = "token") -> list[str]:
        """Has the page told that it is in production; the list fills with the addresses that it asks for.

        `introspection` is what PERENNIAL_INTROSPECTION is said to be.
        """

        async def retold(route: "Route") -> None:
            if route.request.resource_type != "document":
                return await route.fallback()
            answer = await route.fetch()
            page = (await answer.text()).replace('data-mode="embedded"', 'data-mode="production"')
            page = page.replace('data-introspection="token"', f'data-introspection="{introspection}"')
            return await route.fulfill(response=answer, body=page)

        asked: list[str] = []
        self.page.on("request", lambda request: asked.append(request.url))
        await self.page.route("**/graphql", retold)
        return asked

    def forgiven(self) -> list[str]:
        """What the browser complained of so far, which then is no failure."""
        said = list(self.troubles)
        self.troubles.clear()
        return said

    async def read(self, editor: str) -> str:
        """What is in one of GraphiQL's editors: operation.graphql, variables.json, request-headers.json."""
        return str(await self.page.evaluate(f"name => {MODEL}?.getValue() ?? ''", editor))

    async def write(self, editor: str, text: str) -> None:
        """Replaces what is in one of the editors."""
        await self.page.evaluate(f"([name, text]) => {MODEL}.setValue(text)", [editor, text])

    async def choose(self, tab: str) -> None:
        """Goes to a tab."""
        await self.page.locator(".graphiql-tab", has_text=tab).locator("button").first.click()
        await eventually(lambda: self._shows(tab), f"the tab {tab} is open")

    async def run(self, tab: str) -> dict[str, Any]:
        """Goes to a tab and runs it as it stands; the first answer."""
        await self.choose(tab)
        return await self.press(tab)

    async def press(self, tab: str) -> dict[str, Any]:
        """Runs the tab that is open; the first answer."""
        await self.page.locator(".graphiql-execute-button").click()
        return await self.answer(tab)

    async def dash(self, tab: str) -> dict[str, Any]:
        """Goes to a tab and runs it in the same instant; the first answer."""
        await self.page.locator(".graphiql-tab", has_text=tab).locator("button").first.evaluate(DASH)
        return await self.answer(tab)

    async def answer(self, tab: str) -> dict[str, Any]:
        """The answer on the right, once there is one."""
        return dict(json.loads(await eventually(lambda: self.read("response.json"), f"{tab} has an answer", 60)))

    async def look(self, name: str) -> None:
        """Leaves a picture."""
        await self.page.screenshot(path=self.screenshots / f"{name}.png")

    async def _shows(self, tab: str) -> bool:
        return f" {tab}" in await self.read("operation.graphql")

    def _listen(self, socket: "WebSocket") -> None:
        socket.on("framereceived", lambda frame: self._hear(json.loads(frame)))

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "next":
            self.news.append(message["payload"])
