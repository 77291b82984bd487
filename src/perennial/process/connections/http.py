"""uvicorn's HTTP protocol, with an end to every wait for the client."""

import asyncio
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from perennial.process.connections._requests import StrictConnection
from perennial.process.connections._tally import count_dropped
from perennial.process.connections.register import Register, Turn

TOO_LATE = "The request did not arrive in time."


class BoundedHttp(H11Protocol):
    """A connection on which each request has a limited time to arrive, and each answer to be taken.

    The next request is begun when the answer to the last one is taken: so each connection has one answer waiting.
    """

    conn: StrictConnection

    def __init__(self, *, register: Register, **given: Any) -> None:
        super().__init__(**given)
        self._register, bounds = register, register.bounds
        self.conn = StrictConnection(bounds.head_bytes)
        self._turn: Turn | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_answered = False  # but the answer is not taken yet
        self._is_handed_over = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._register.arrived(transport)
        self._register.readers.watch(transport)
        self._follow()

    def data_received(self, data: bytes) -> None:
        """Takes what the client says."""
        super().data_received(data)
        if self._whose_turn() == Turn.IDLE and self.timeout_keep_alive_task is None:  # it was an empty line
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        self._follow()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends all waiting."""
        self._register.gone(self.transport)
        self._wait_for(None)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hands the connection over to the WebSocket's protocol."""
        self._is_handed_over = True
        self._wait_for(None)
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Something of the answer waits for the reader."""
        super().pause_writing()
        self._register.readers.fell_behind(self.transport)

    def resume_writing(self) -> None:
        """The reader has taken all."""
        self._register.readers.caught_up(self.transport)
        super().resume_writing()
        if self._is_answered:
            self._is_answered = False
            self.on_response_complete()

    def on_response_complete(self) -> None:
        """Goes on to the next request, once the answer is taken."""
        if self.flow.write_paused and not self.transport.is_closing():
            self._is_answered = True
            return
        super().on_response_complete()
        self._follow()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's, which says nothing)
        """Refuses what is no request, or a doubtful one, and says why."""
        self._refuse(self.conn.status, self.conn.reason)

    def _follow(self) -> None:
        """Sees whose turn it is, and gives the client a time to say what it has begun to say."""
        turn = self._whose_turn()
        if turn == self._turn:
            return
        self._wait_for(turn)
        if turn is None:
            self._register.works(self.transport)
        else:
            self._register.waits(self.transport, turn)

    def _whose_turn(self) -> Turn | None:
        """What the client has to say next; None if it is our turn."""
        if self.transport.is_closing() or self._is_answered or self._is_handed_over:
            return None
        if self.conn.their_state is h11.IDLE:
            if self.cycle is None:
                return Turn.FIRST_HEAD
            return Turn.HEAD if self.conn.trailing_data[0] else Turn.IDLE
        if self.conn.their_state is h11.SEND_BODY:
            return Turn.REMAINDER if self.cycle.response_complete else Turn.BODY
        return None

    def _wait_for(self, turn: Turn | None) -> None:
        self._turn = turn
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if turn not in (None, Turn.IDLE):  # for which uvicorn has a timer
            bounds = self._register.bounds
            seconds = bounds.body_seconds if turn == Turn.BODY else bounds.head_seconds
            self._timer = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        count_dropped("body" if self._turn in (Turn.BODY, Turn.REMAINDER) else "head")
        if self._turn == Turn.FIRST_HEAD and not self.conn.trailing_data[0]:
            self.transport.close()  # nothing was asked
        else:
            self._refuse(408, TOO_LATE)

    def _refuse(self, status: int, message: str) -> None:
        """Answers, if no answer has begun, and closes the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = message.encode()
            headers = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body)))]
            head = h11.Response(status_code=status, headers=[*headers, ("connection", "close")], reason=_words(status))
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event))
        if self.cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def _words(status: int) -> bytes:
    """The reason phrase of a status, as far as it has one: h11 chooses the status."""
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""
