"""A person's passkeys: listed, added, renamed, deleted, and what is suggested about them (P44-P47).

A passkey is made by the script on the page and the ceremony routes; here are the pages.
"""

from typing import NamedTuple
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, abort

from scimserver.adapters import aaguid
from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.label import LONGEST
from scimserver.domain.sign_in_errors import BadRequestError, SignInOffError
from scimserver.services import accounts, passkeys
from scimserver.services.passkeys import Hint, Passkey, Removal
from scimserver.web.browser import Browser
from scimserver.web.console.front import SIGN_IN
from scimserver.web.console.hints import suggestion
from scimserver.web.guard import Who
from scimserver.web.http import Services
from scimserver.web.next_path import own_path
from scimserver.web.relying_party import RelyingParty
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

PATH = "/account/passkeys"
ICONS = "/account/passkey-icons"
WELCOME = "/account/welcome"
FRESH_SECONDS = 600
"""How old a step-up may be where a passkey is added or deleted (P45, P70)."""

# Some of the drawings carry their colours in a style of their own. Opened by itself, a picture of
# somebody else's can do nothing more here.
_ICON_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
_SAID = {
    "added": "The passkey is stored.",
    "renamed": "The passkey has its new name.",
    "deleted": "The passkey is deleted.",
}
_ADDED_BY = {
    "self": "By you",
    "link": "By an enrolment link",
    "shell": "By a link from the server's command line",
}
_KEPT = {
    Removal.KEPT: "This is your last passkey, and nothing else would let you in: there are no "
    "unused recovery codes, or no mail can reach you. Add another passkey first.",
    Removal.KEPT_LOCAL: "As a local administrator you keep at least two passkeys: you are who can "
    "still come in when single sign-on fails. Add another one first.",
}


class Row(NamedTuple):
    """One passkey as its person sees it."""

    about: Passkey
    maker: str
    icon: str
    added_by: str
    is_elsewhere: bool


class OwnPasskeys:
    """Pages of the account that are about passkeys."""

    def __init__(
        self,
        services: Services,
        browser: Browser,
        pages: Renderer,
        party: RelyingParty | None,
        *,
        has_mail: bool,
    ) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self._party = party
        self._has_mail = has_mail

    def mount(self, app: Flask) -> None:
        """Add the pages."""
        page, mine = self._browser.page, Who.SIGNED_IN
        one = f"{PATH}/<id>"
        rules = (
            (PATH, self.every, "GET", None),
            (f"{PATH}/new", self.new, "GET", FRESH_SECONDS),
            (f"{one}/rename", self.ask_name, "GET", None),
            (f"{one}/rename", self.rename, "POST", None),
            (f"{one}/delete", self.ask_delete, "GET", FRESH_SECONDS),
            (f"{one}/delete", self.delete, "POST", FRESH_SECONDS),
            (f"{ICONS}/<id>/<scheme>", self.icon, "GET", None),
            (WELCOME, self.welcome, "GET", None),
            ("/account/hints/<code>/dismiss", self.dismiss, "POST", None),
        )
        for rule, view, method, fresh in rules:
            endpoint = f"own_passkeys.{view.__name__}"
            guarded = page(view, who=mine, fresh=fresh)
            app.add_url_rule(rule, endpoint, guarded, methods=[method])

    @property
    def _rp_id(self) -> str:
        if self._party is None:
            raise SignInOffError
        return self._party.id

    def every(self, visitor: Visitor) -> Response:
        """List the passkeys, and tell the browser which of them are good (P53)."""
        me = visitor.me
        with self._services.database.reading() as session:
            held = passkeys.every(session, me.org_id, me.user_id)
            hints = passkeys.hints(session, me, self._rp_id)
            accepted = passkeys.accepted(session, me, self._rp_id)
            details = passkeys.details(session, me, self._rp_id)
            codes = passkeys.unused_codes(session, me)
            may_add = accounts.may_use_passkeys(session, me) and not accounts.must_use_sso(me)
        return self._pages.render(
            "passkeys.html",
            visitor,
            passkeys=[self._row(each) for each in held],
            hints=[suggestion(each) for each in hints],
            codes=codes,
            may_add=may_add,
            note=_SAID.get(visitor.query.get("done", ""), ""),
            accepted=_json(accepted if me.handle else None),
            details=_json(details if me.handle else None),
        )

    def new(self, visitor: Visitor) -> Response:
        """Offer the ways to add one (P20)."""
        return self._pages.render("passkey_new.html", visitor, longest=LONGEST)

    def ask_name(self, visitor: Visitor, id: str) -> Response:
        """Ask for another name."""
        found = self._mine(visitor, id)
        return self._name(visitor, found, found.label)

    def rename(self, visitor: Visitor, id: str) -> Response:
        """Rename a passkey, or say what is wrong with the name (P42)."""
        typed = visitor.form.get("label", "")
        try:
            self._services.write(
                lambda session: passkeys.rename(
                    session, visitor.now, visitor.visit, visitor.me, id, typed
                )
            )
        except BadRequestError as refusal:
            found = self._mine(visitor, id)
            return self._name(visitor, found, typed, refusal.detail, refusal.status)
        return see_other(f"{PATH}?done=renamed")

    def _name(
        self, visitor: Visitor, found: Passkey, typed: str, error: str = "", status: int = 200
    ) -> Response:
        return self._pages.render(
            "passkey_rename.html",
            visitor,
            status=status,
            passkey=found,
            label=typed,
            error=error,
            longest=LONGEST,
        )

    def ask_delete(self, visitor: Visitor, id: str) -> Response:
        """Say what deleting means, or why it cannot be (P46)."""
        me = visitor.me
        with self._services.database.reading() as session:
            found = passkeys.get(session, me, id)
            removal = passkeys.removal(
                session, me, found, has_mail=self._reaches(visitor), rp_id=self._rp_id
            )
            codes = passkeys.unused_codes(session, me)
        return self._pages.render(
            "passkey_delete.html",
            visitor,
            passkey=found,
            why=_KEPT.get(removal, ""),
            is_last=removal is Removal.LAST,
            is_current=visitor.session.opened_by == found.id,
            codes=codes,
        )

    def delete(self, visitor: Visitor, id: str) -> Response:
        """Delete a passkey and end the sessions it opened."""
        gone = self._services.write(
            lambda session: passkeys.delete(
                session,
                visitor.now,
                visitor.visit,
                visitor.me,
                id,
                confirmed=visitor.form.get("last") == "yes",
                has_mail=self._reaches(visitor),
                rp_id=self._rp_id,
            )
        )
        if visitor.session.opened_by == gone.id:
            return self._browser.drop(see_other(f"{SIGN_IN}?done=passkey-deleted"))
        return see_other(f"{PATH}?done=deleted")

    def icon(self, _visitor: Visitor, id: str, scheme: str) -> Response:
        """Answer with the picture of a maker (P43)."""
        found = aaguid.icon(id, dark=scheme == "dark")
        if found is None or scheme not in ("light", "dark"):
            abort(404)
        answer = Response(found.content, content_type=found.media_type)
        answer.headers["Cache-Control"] = "private, max-age=86400"
        answer.headers["Content-Security-Policy"] = _ICON_POLICY
        return answer

    def welcome(self, visitor: Visitor) -> Response:
        """Suggest what should be seen to after sign-in, or lead on at once (P47)."""
        onward = own_path(visitor.query.get("next"))
        other = visitor.query.get("device") == "other"
        with self._services.database.reading() as session:
            hints = passkeys.hints(session, visitor.me, self._rp_id, other_device=other)
        if not hints:
            return see_other(onward)
        query = {"next": onward, "device": "other" if other else "this"}
        return self._pages.render(
            "welcome.html",
            visitor,
            hints=[suggestion(each) for each in hints],
            next=onward,
            here=f"{WELCOME}?{urlencode(query)}",
        )

    def dismiss(self, visitor: Visitor, code: str) -> Response:
        """Show a hint no more."""
        if code not in set(Hint):
            raise UnknownResourceError("Hint", code)
        self._services.write(lambda session: passkeys.dismiss(session, visitor.me, Hint(code)))
        return see_other(own_path(visitor.form.get("next")))

    def _mine(self, visitor: Visitor, id: str) -> Passkey:
        with self._services.database.reading() as session:
            return passkeys.get(session, visitor.me, id)

    def _reaches(self, visitor: Visitor) -> bool:
        return self._has_mail and visitor.me.email is not None

    def _row(self, passkey: Passkey) -> Row:
        maker = aaguid.name(passkey.aaguid) or ""
        return Row(
            passkey,
            maker if maker != passkey.label else "",
            f"{ICONS}/{passkey.aaguid}" if maker else "",
            _ADDED_BY.get(passkey.added_by, passkey.added_by),
            passkey.rp_id != self._rp_id,
        )


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
