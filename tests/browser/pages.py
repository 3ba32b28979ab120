"""Every page of the console: where an example of it is, who sees it, and what it is for.

A route that is missing here fails ``test_every_page_is_listed``; so a new page comes with its check
for accessibility and its picture in ``docs/console``.
"""

from collections.abc import Mapping
from typing import NamedTuple

ON = "on"
OWNER, NOBODY = "an owner", "nobody"
NEWCOMER = "an owner without a passkey of their own"
CONFINED, LATE = "somebody in the small room", "an owner who signed in some time ago"
WORRIED = "an owner whose organization may lose its domain"
HALTED = "an owner whose connection is paused"


class Page(NamedTuple):
    """One page. ``address`` may name what the furnished site has, as in ``{user}``.

    ``press`` is the button that leads from the address to the page, after the fields of ``fill``.
    ``bare`` says that it is there in an organization without anything as well.
    """

    name: str
    address: str
    sentence: str
    who: str = OWNER
    rule: str = ""
    bare: bool = True
    fill: Mapping[str, str] = {}
    press: str = ""
    status: int = 200


PAGES = (
    Page("sign-in", "/signin", "Sign-in: autofill in the field, and always the button.", NOBODY),
    Page("enrol", "/enrol#secret", "What an enrolment link opens.", NOBODY, "/enrol"),
    Page(
        "room",
        "/enrol/passkey",
        "The small room behind a link or codes: one passkey, and nothing else.",
        CONFINED,
    ),
    Page("recover", "/recover", "Recovery for who lost every passkey: two codes.", NOBODY),
    Page("recover-codes", "/recover?step=codes", "The second step: both codes at once.", NOBODY),
    Page(
        "welcome",
        "/account/welcome?next=/console",
        "What is suggested after sign-in to who could still be locked out.",
        NEWCOMER,
    ),
    Page("passkeys", "/account/passkeys", "One's own passkeys."),
    Page("passkey-new", "/account/passkeys/new", "The ways to add a passkey."),
    Page(
        "passkey-rename",
        "/account/passkeys/{passkey}/rename",
        "Another name for a passkey.",
        rule="/account/passkeys/<id>/rename",
        bare=False,
    ),
    Page(
        "passkey-delete",
        "/account/passkeys/{passkey}/delete",
        "What deleting a passkey means, asked before.",
        rule="/account/passkeys/<id>/delete",
        bare=False,
    ),
    Page("recovery-codes", "/account/recovery-codes", "One's own recovery codes."),
    Page(
        "recovery-codes-shown",
        "/account/recovery-codes",
        "New recovery codes, shown this once.",
        rule="POST /account/recovery-codes",
        press="Make {codes}",
    ),
    Page("sessions", "/account/sessions", "Where one is signed in."),
    Page("overview", "/console", "How the organization stands, and what to do next."),
    Page("users", "/console/users", "Everybody, searched and leafed through."),
    Page(
        "user",
        "/console/users/{user}",
        "One user: attributes, teams, ways in, history.",
        rule="/console/users/<id>",
        bare=False,
    ),
    Page(
        "user-deactivate",
        "/console/users/{user}/deactivate",
        "What deactivating means, asked before.",
        rule="/console/users/<id>/deactivate",
        bare=False,
    ),
    Page(
        "user-activate",
        "/console/users/{former}/activate",
        "What activating means, asked before.",
        rule="/console/users/<id>/activate",
        bare=False,
    ),
    Page(
        "user-role",
        "/console/users/{user}/role",
        "The role of a user.",
        rule="/console/users/<id>/role",
        bare=False,
    ),
    Page(
        "enrol-link",
        "/console/users/{user}/enrol-link",
        "Before an enrolment link is made.",
        rule="/console/users/<user_id>/enrol-link",
        bare=False,
    ),
    Page(
        "enrol-link-shown",
        "/console/users/{user}/enrol-link",
        "An enrolment link, shown this once.",
        rule="POST /console/users/<user_id>/enrol-link",
        bare=False,
        press="Make a link",
    ),
    Page("teams", "/console/teams", "The teams that provisioning brought."),
    Page(
        "team",
        "/console/teams/{team}",
        "One team and its members.",
        rule="/console/teams/<id>",
        bare=False,
    ),
    Page("connections", "/console/connections", "The identity providers' links, and how they do."),
    Page("connection-new", "/console/connections/new", "A new connection."),
    Page(
        "connection-new-refused",
        "/console/connections/new",
        "A form that lacks something says so beside the field.",
        rule="POST /console/connections/new, refused",
        fill={"Name": "Company directory"},
        press="Make the connection",
        status=400,
    ),
    Page(
        "token",
        "/console/connections/new",
        "The token of a new connection, shown this once, and where to paste it.",
        rule="POST /console/connections/new",
        bare=False,
        fill={"Name": "Company directory", "Okta": ON},
        press="Make the connection",
        status=201,
    ),
    Page(
        "connection",
        "/console/connections/{connection}",
        "One connection: its health, tokens and what had to be tolerated.",
        rule="/console/connections/<id>",
        bare=False,
    ),
    Page(
        "connection-paused",
        "/console/connections/{paused}",
        "A connection whose changes wait after too many refusals, which every page tells.",
        HALTED,
        "/console/connections/<id>",
        bare=False,
    ),
    Page(
        "connection-edit",
        "/console/connections/{connection}/edit",
        "Changing a connection.",
        rule="/console/connections/<id>/edit",
        bare=False,
    ),
    Page(
        "connection-disable",
        "/console/connections/{connection}/disable",
        "What switching a connection off means, asked before.",
        rule="/console/connections/<id>/disable",
        bare=False,
    ),
    Page(
        "token-rotate",
        "/console/connections/{connection}/rotate",
        "How a token is replaced without a gap.",
        rule="/console/connections/<id>/rotate",
        bare=False,
    ),
    Page(
        "token-revoke",
        "/console/connections/{connection}/tokens/{token}/revoke",
        "What revoking a token means, asked before.",
        rule="/console/connections/<id>/tokens/<token_id>/revoke",
        bare=False,
    ),
    Page("log", "/console/log", "What identity providers asked for, the refused first."),
    Page(
        "log-all", "/console/log?show=all", "The same with what was accepted.", rule="/console/log"
    ),
    Page(
        "log-entry",
        "/console/log/{entry}",
        "Why a request was refused, and what to do.",
        rule="/console/log/<id>",
        bare=False,
    ),
    Page("errors", "/console/log/errors", "What was refused, once for each cause."),
    Page(
        "error",
        "/console/log/errors/{error}",
        "One cause of refusals: why, what to do, and where.",
        rule="/console/log/errors/<id>",
        bare=False,
    ),
    Page("audit", "/console/log/audit", "Who changed what."),
    Page("organization", "/console/organization", "The organization's name and rules."),
    Page("sso", "/console/organization/sso", "Domains, who answers for them, what is missing."),
    Page("domain-new", "/console/organization/sso/domains/new", "A new domain."),
    Page(
        "domain-new-refused",
        "/console/organization/sso/domains/new",
        "A name that no organization can claim.",
        rule="POST /console/organization/sso/domains/new, refused",
        fill={"Domain": "gmail.com"},
        press="Add the domain",
        status=400,
    ),
    Page(
        "domain",
        "/console/organization/sso/domains/{domain}",
        "The record to publish, and what the last look found.",
        rule="/console/organization/sso/domains/<id>",
        bare=False,
    ),
    Page(
        "domain-verified",
        "/console/organization/sso/domains/{verified}",
        "A verified domain.",
        rule="/console/organization/sso/domains/<id>",
        bare=False,
    ),
    Page(
        "domain-at-risk",
        "/console/organization/sso/domains/{lost}",
        "A domain whose record has gone missing, which every page tells.",
        WORRIED,
        "/console/organization/sso/domains/<id>",
        bare=False,
    ),
    Page(
        "domain-new-code",
        "/console/organization/sso/domains/{domain}/new-code",
        "What a new code means, asked before.",
        rule="/console/organization/sso/domains/<id>/new-code",
        bare=False,
    ),
    Page(
        "domain-remove",
        "/console/organization/sso/domains/{verified}/remove",
        "Whom giving a domain up concerns, asked before.",
        rule="/console/organization/sso/domains/<id>/remove",
        bare=False,
    ),
    Page("identity-owners", "/console/organization/sso/owners", "Who answers for domains."),
    Page(
        "identity-owner-remove",
        "/console/organization/sso/owners/{owner}/remove",
        "The last one hands over.",
        rule="/console/organization/sso/owners/<id>/remove",
        bare=False,
    ),
    Page("passkey-audience", "/console/organization/passkeys", "Who may sign in with a passkey."),
    Page(
        "administrators",
        "/console/organization/administrators",
        "People with roles, and the local administrators.",
    ),
    Page(
        "local-administrator-new",
        "/console/organization/administrators/new",
        "A new local administrator.",
    ),
    Page(
        "local-administrator-remove",
        "/console/organization/administrators/{local}/remove",
        "What removing a local administrator means, asked before.",
        rule="/console/organization/administrators/<id>/remove",
        bare=False,
    ),
    Page(
        "error-policy",
        "/console/organization/errors",
        "Who is told of what is refused, and when changes pause.",
    ),
    Page("api", "/console/api", "What programs can do for the organization, and how."),
    Page("recovery-test", "/console/recovery-test", "Trying recovery out before it is needed."),
    Page("notices", "/console/notices", "What happened that one should know."),
    Page(
        "reauth",
        "/account/passkeys/new",
        "Before something sensitive: the passkey once more.",
        LATE,
        "any that asks for a recent sign-in",
        status=403,
    ),
    Page("not-found", "/console/nothing", "A refusal, in a sentence.", NOBODY, "any", status=404),
)

NO_PAGES: Mapping[str, str] = {
    "/": "leads on",
    "/account": "leads on",
    "/account/passkey-icons/<id>/<scheme>": "a picture",
    "/static/<path:name>": "files",
    "/.well-known/webauthn": "for browsers",
    "/.well-known/passkey-endpoints": "for password managers",
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/metrics": "for machines",
}


def reach(tab, page, places):
    """Go to a page in a tab whose visitor may see it."""
    tab.open(page.address.format_map(places))
    for label, value in page.fill.items():
        field = tab.page.get_by_label(label, exact=True)
        if value == ON:
            field.check()
        else:
            field.fill(value)
    if page.press:
        tab.press(page.press.format_map(places))
        tab.page.wait_for_load_state()
    assert tab.status == page.status, (page.name, tab.status)


def rule_of(page: Page) -> str:
    """Return the route a page is listed for."""
    return page.rule or page.address.partition("?")[0]
