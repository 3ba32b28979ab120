"""Passkeys as rows: found by credential and RP ID, used by one conditional statement (P32, P41)."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, false, or_, select, update

from scimserver.storage.models import account, organization, passkey, passkey_credential
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, upsert


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey. ``aaguid`` and ``transports`` are what its maker claims, nobody vouches for it.

    ``discoverable`` is None where no browser said. ``added_by`` is self, link or shell.
    """

    org_id: str
    id: str
    user_id: str
    rp_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    aaguid: str
    transports: Sequence[str]
    discoverable: bool | None
    label: str
    added_by: str
    created_at: datetime
    suspect: bool = False
    last_used_at: datetime | None = None
    last_client: str | None = None

    @property
    def credential(self) -> str:
        """The credential id as browsers write it."""
        return urlsafe_b64encode(self.credential_id).decode().rstrip("=")


_NAMES = tuple(each.name for each in fields(Passkey))
_COLUMNS = tuple(passkey.c[name] for name in _NAMES)
_OWNED = and_(
    passkey.c.org_id == bindparam("at_org_id", required=True),
    passkey.c.user_id == bindparam("at_user_id", required=True),
)
_HERE = and_(
    passkey.c.org_id == bindparam("at_org_id", required=True),
    passkey.c.id == bindparam("at_id", required=True),
)


def _passkeys() -> Select[Any]:
    return select(*_COLUMNS).select_from(passkey)


_EVERY = Hot(_passkeys().where(_OWNED).order_by(passkey.c.id))
_ONE = Hot(_passkeys().where(_OWNED, passkey.c.id == bindparam("at_id", required=True)))
_FOUND = Hot(
    _passkeys()
    .join(
        passkey_credential,
        and_(
            passkey_credential.c.org_id == passkey.c.org_id,
            passkey_credential.c.passkey_id == passkey.c.id,
        ),
    )
    .where(
        passkey_credential.c.rp_id == bindparam("rp_id", required=True),
        passkey_credential.c.credential_id == bindparam("credential_id", required=True),
    )
)
_NEW = bindparam("count", type_=passkey.c.sign_count.type, required=True)
_USED = Hot(
    update(passkey)
    .where(_HERE, or_(passkey.c.sign_count < _NEW, and_(passkey.c.sign_count == 0, _NEW == 0)))
    .values(
        sign_count=_NEW,
        backed_up=bindparam("backed", required=True),
        last_used_at=bindparam("now", required=True),
        last_client=bindparam("client", required=True),
    )
)
_USED_REGRESSED = Hot(
    update(passkey)
    .where(_HERE)
    .values(
        backed_up=bindparam("backed", required=True),
        last_used_at=bindparam("now", required=True),
        last_client=bindparam("client", required=True),
    )
)


def every(session: Session, org_id: str, user_id: str) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    return [Passkey(*row) for row in session.run(_EVERY, _owner(org_id, user_id))]


def get(session: Session, org_id: str, user_id: str, id: str) -> Passkey | None:
    """Return one passkey of a person."""
    rows = session.run(_ONE, _owner(org_id, user_id) | {"at_id": id})
    return Passkey(*rows[0]) if rows else None


def find(session: Session, rp_id: str, credential_id: bytes) -> Passkey | None:
    """Return whosever passkey has this credential id under an RP ID."""
    rows = session.run(_FOUND, {"rp_id": rp_id, "credential_id": credential_id})
    return Passkey(*rows[0]) if rows else None


def insert(session: Session, org_id: str, new: Passkey) -> bool:
    """Write a passkey; False where its credential id is somebody's already (P26)."""
    directory = upsert(passkey_credential).values(
        rp_id=new.rp_id,
        credential_id=new.credential_id,
        org_id=org_id,
        user_id=new.user_id,
        passkey_id=new.id,
    )
    written = directory.on_conflict_do_nothing().returning(passkey_credential.c.passkey_id)
    if session.execute(written).first() is None:
        return False
    values = {name: getattr(new, name) for name in _NAMES}
    session.execute(passkey.insert().values(**values | {"transports": list(new.transports)}))
    return True


def rename(session: Session, org_id: str, id: str, label: str) -> None:
    """Give a passkey another label."""
    here = (passkey.c.org_id == org_id, passkey.c.id == id)
    session.execute(update(passkey).where(*here).values(label=label))


def remove(session: Session, org_id: str, old: Passkey) -> None:
    """Remove a passkey, and its credential id from the directory."""
    listed = (
        passkey_credential.c.rp_id == old.rp_id,
        passkey_credential.c.credential_id == old.credential_id,
    )
    session.execute(delete(passkey_credential).where(*listed))
    session.execute(delete(passkey).where(passkey.c.org_id == org_id, passkey.c.id == old.id))


def use(
    session: Session,
    org_id: str,
    id: str,
    sign_count: int,
    now: datetime,
    *,
    backed_up: bool,
    client: str,
    regressed: bool = False,
) -> bool:
    """Note a use if the sign count goes up, or is 0 and was (P32); False: it did not, or is gone.

    The test is in the statement: of two uses with one count, at once, one passes. With
    ``regressed`` the use is noted all the same, and the higher count stays.
    """
    noted = {
        "at_org_id": org_id,
        "at_id": id,
        "backed": backed_up,
        "now": now,
        "client": client,
    }
    if regressed:
        return session.write(_USED_REGRESSED, noted) == 1
    return session.write(_USED, noted | {"count": sign_count}) == 1


def suspect(session: Session, org_id: str, id: str) -> None:
    """Mark a passkey as one there may be two of."""
    here = (passkey.c.org_id == org_id, passkey.c.id == id)
    session.execute(update(passkey).where(*here).values(suspect=True))


def dismissed(session: Session, org_id: str, user_id: str) -> frozenset[str]:
    """Return the hints a person does not want to see again."""
    here = (account.c.org_id == org_id, account.c.user_id == user_id)
    return frozenset(session.execute(select(account.c.dismissed).where(*here)).scalar() or ())


def is_alone(session: Session, org_id: str) -> bool:
    """Return whether no other organization here has people who sign in."""
    others = (organization.c.id != org_id, organization.c.sandbox == false())
    return session.execute(select(organization.c.id).where(*others).limit(1)).first() is None


def _owner(org_id: str, user_id: str) -> dict[str, str]:
    return {"at_org_id": org_id, "at_user_id": user_id}
