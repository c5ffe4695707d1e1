"""HTTP by uvicorn, with a limit on the time that the head of a request may take."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.h11_impl import H11Protocol


def patient_for(seconds: float) -> type[H11Protocol]:
    """The protocol that closes a connection whose next request has not been read to its body within `seconds`."""

    class Limited(H11Protocol):
        _head: TimerHandle | None = None

        def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn's own
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._is_between():
                self._wait()
            else:
                self._stop_waiting()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def _is_between(self) -> bool:
            """Whether no request is being answered."""
            return self.cycle is None or self.cycle.response_complete

        def _wait(self) -> None:
            if self._head is None:
                self._head = self.loop.call_later(seconds, self._give_up)

        def _stop_waiting(self) -> None:
            if self._head is not None:
                self._head.cancel()
                self._head = None

        def _give_up(self) -> None:
            self._head = None
            if self._is_between() and not self.transport.is_closing():
                self.transport.close()

    return Limited
