"""Quotas of sandboxes: how much room is left for what a command creates (M24).

The count is no fence: of two requests at once both may find the last place free. A sandbox that is
a few users larger than it should be hurts nobody, and a lock would make every creation wait.
"""

from collections.abc import Mapping

from scimserver.config import Settings
from scimserver.domain.actor import Actor
from scimserver.domain.commands import Plan
from scimserver.domain.policies import Quotas
from scimserver.scim.schema import ResourceType
from scimserver.storage import search
from scimserver.storage.search import Search
from scimserver.storage.session import Session

UNLIMITED: Mapping[str, int] = {}


def of_sandboxes(settings: Settings) -> Quotas:
    """Return how much each sandbox of this server may hold."""
    return Quotas(settings.sandbox_users, settings.sandbox_teams)


class Headroom:
    """What still fits into an organization, counted once for the commands of one transaction.

    Normal organizations have no quota, so nothing is counted in them.
    """

    def __init__(self, session: Session, quotas: Quotas) -> None:
        self._session = session
        self._quotas = quotas
        self._left: dict[str, int] = {}
        self._guessed: set[str] = set()

    def left(self, actor: Actor, plan: Plan) -> Mapping[str, int]:
        """Return how many resources of its type a plan still finds room for, by type."""
        if not actor.sandbox or plan.before is not None:
            return UNLIMITED
        kind = plan.type
        if kind.name not in self._left:
            most = self._quotas.of(kind)
            held = search.count_up_to(self._session, actor.org_id, Search((kind,)), most)
            self._left[kind.name] = most - held
        return {kind.name: self._left[kind.name]}

    def promise(self, plan: Plan) -> None:
        """Keep a place for what will be written together with others, or else be refused."""
        if plan.type.name in self._left:
            self._left[plan.type.name] -= 1
            self._guessed.add(plan.type.name)

    def is_doubtful(self, kind: ResourceType) -> bool:
        """Whether there is room no more, unless something that was promised a place had none."""
        return kind.name in self._guessed and self._left[kind.name] < 1

    def forget(self) -> None:
        """Count again: what was promised is written, or something else has been."""
        self._left.clear()
        self._guessed.clear()
