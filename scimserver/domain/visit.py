"""Where a request of a browser came from, as the audit log keeps it (P96)."""

from dataclasses import dataclass
from typing import Any

SESSION_SHOWN = 8
_AGENT_LENGTH = 256


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: its address (the client's, trusted proxies removed), agent and id.

    ``session`` is the digest of the session's id, of which only the first characters are kept.
    """

    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    session: str = ""

    def context(self, code: str | None = None) -> dict[str, Any]:
        """Return what an audit row keeps of it, with the code of a refusal."""
        kept = {
            "session": self.session[:SESSION_SHOWN],
            "address": self.address,
            "userAgent": self.user_agent[:_AGENT_LENGTH],
            "code": code,
        }
        return {name: value for name, value in kept.items() if value}
