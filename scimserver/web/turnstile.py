"""One visitor at a time asks DNS: name servers that keep silent must not stop a whole process."""

import threading
from types import TracebackType

from scimserver.domain.ports import UpstreamError

WAIT = 2


class DnsBusyError(UpstreamError):
    """Somebody else's domain is being looked up. ``retry_after`` is in seconds."""

    code = "dns_busy"
    recommended_action = "Try again in a moment."
    retry_after = WAIT

    def __init__(self) -> None:
        super().__init__(f"Another domain is being looked up just now. {self.recommended_action}")


class Turnstile:
    """Held with ``with`` around whatever may ask DNS on a visitor's behalf.

    Such a request may last many seconds, and a process has few threads. Those who find it taken are
    told so at once: to wait here would take a thread each, and soon every one.
    """

    def __init__(self) -> None:
        self._taken = threading.Lock()

    def __enter__(self) -> None:
        if not self._taken.acquire(blocking=False):
            raise DnsBusyError

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._taken.release()
