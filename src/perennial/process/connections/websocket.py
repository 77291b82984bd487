"""uvicorn's WebSocket protocol, whose messages wait for the reader one by one, and not for ever."""

from asyncio import BaseTransport
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from perennial.process.connections.register import Register, Turn
from perennial.process.memory import size_of

PIECES_MAX = 1_024  # of a message
TOO_MANY_PIECES = f"A message has {PIECES_MAX:,} frames at most."
TURN = "perennial.turn"  # the extension of the ASGI scope with which the application says whose turn it is


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that hears nothing more from a client that does not take what it is sent.

    It makes room for other connections until the application says that it has something to do for it.
    """

    def __init__(self, *, register: Register, **given: Any) -> None:
        super().__init__(**given)
        self._register = register
        self._turn: Turn | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Takes the connection over, and waits for the client to say who it is."""
        super().connection_made(transport)
        self._take_turn(Turn.FIRST_HEAD)

    def handle_connect(self, event: Any) -> None:
        """Begins with the application, which may say whose turn it is."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][TURN] = self._take_turn  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends all waiting."""
        self._register.gone(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what the client says. A head that is no WebSocket's is refused, for which uvicorn has no word."""
        super().data_received(data)
        if self.conn.handshake_exc and not self.handshake_initiated:
            self._refuse(self.conn.handshake_exc)
        self._hear_nothing_while_behind()

    def handle_cont(self, event: Any) -> None:
        """Takes one more piece of a message. Of empty ones there could be any number: the bound on bytes sees none."""
        if len(self.frames) < PIECES_MAX:
            super().handle_cont(event)
        elif not self.close_sent:
            self.conn.send_close(CloseCode.MESSAGE_TOO_BIG, TOO_MANY_PIECES)
            self.handle_parser_exception()

    def pause_writing(self) -> None:
        """Something waits for the reader."""
        super().pause_writing()
        self._register.readers.fell_behind(self.transport)
        self._hear_nothing_while_behind()

    def resume_writing(self) -> None:
        """The reader has taken all."""
        self._register.readers.caught_up(self.transport)
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    async def send(self, message: Any) -> None:
        """Sends the application's message, once the last one is taken."""
        with self._register.readers.holding(self.transport, size_of(message)):
            while not self.writable.is_set():  # of several that wait, the first one writes
                await self.writable.wait()
            await super().send(message)

    async def receive(self) -> Any:
        """The client's next message."""
        message = await super().receive()
        self._hear_nothing_while_behind()
        return message

    def _refuse(self, error: Exception) -> None:
        """Answers, where websockets has not done so itself, and closes the connection."""
        answer = b"".join(self.conn.data_to_send())
        refusal = self.conn.reject(HTTPStatus.BAD_REQUEST, f"This is no WebSocket's request: {error.__cause__}.")
        self.transport.write(answer or refusal.serialize())
        self.transport.close()

    def _take_turn(self, turn: Turn | None) -> None:
        """Follows whose turn it is; None is ours. Who goes on waiting keeps the place among those who wait."""
        if self.disconnected or turn == self._turn:
            return
        self._turn = turn
        if turn is None:
            self._register.works(self.transport)
        else:
            self._register.waits(self.transport, turn)

    def _hear_nothing_while_behind(self) -> None:
        """Each ping is answered, whether or not the answers are taken."""
        if not self.writable.is_set():
            self.transport.pause_reading()
