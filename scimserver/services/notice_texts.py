"""Every notice in words: what happened, to whom, and what to do if it was not meant to (P87).

A text may name any fact of its notice in braces; what ends in ``_at`` is a moment.
"""

from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Any, NamedTuple

LONGEST_SUBJECT = 120
_LONGEST_FACT = 200
_UNKNOWN = "unknown"

_NOT_YOU = (
    "If that was not you, tell an administrator at once: somebody else may have access to the "
    "account."
)
_CHECK = "If nobody meant that, look into the audit log of the console at once."


class Text(NamedTuple):
    """A notice in words. ``mailed`` False: it is shown in the console and nowhere else."""

    subject: str
    body: str
    mailed: bool = True


CATALOGUE: Mapping[str, Text] = {
    "passkey_created": Text(
        "A passkey was added",
        "The passkey '{label}' was added to the account {user_name}. " + _NOT_YOU,
    ),
    "passkey_deleted": Text(
        "A passkey was deleted",
        "The passkey '{label}' of the account {user_name} was deleted. Sessions it had opened have "
        "ended. " + _NOT_YOU,
    ),
    "passkey_suspect": Text(
        "A passkey may have been copied",
        "The counter of the passkey '{label}' of the account {user_name} went backwards, as that "
        "of a copy does. Delete this passkey and add another one.",
    ),
    "local_admin_sign_in": Text(
        "A local administrator signed in",
        "The local administrator {user_name} signed in with a passkey.",
        mailed=False,
    ),
    "local_admin_sign_in_past_sso": Text(
        "A local administrator signed in without single sign-on",
        "The local administrator {user_name} signed in with a passkey, although single sign-on is "
        "enforced. " + _CHECK,
    ),
    "local_admin_added": Text(
        "A local administrator was added",
        "{user_name} is a local administrator now, with the role {role}: out of the identity "
        "provider's reach, and let in without single sign-on. Done by {by}. " + _CHECK,
    ),
    "local_admin_removed": Text(
        "A local administrator was removed",
        "{user_name} is no local administrator any more. Done by {by}. " + _CHECK,
    ),
    "local_admin_recovered": Text(
        "A local administrator was let in from the shell",
        "{by} made a link at the server's own command line by which the local administrator "
        "{user_name} can add a passkey. It opens nothing any more at {expires_at}. " + _CHECK,
    ),
    "local_admin_recovery_refused": Text(
        "A recovery from the shell was refused",
        "{by} asked at the server's own command line for a link that lets {user_name} in, who is "
        "no local administrator. None was made. " + _CHECK,
    ),
    "local_admin_refused": Text(
        "A change of a local administrator was refused",
        "Somebody tried to change the local administrator {user_name} by way of {door}, and was "
        "refused. If your identity provider did, take this person out of what it provisions.",
    ),
    "enrol_link_created": Text(
        "An enrolment link was made for you",
        "{issued_by} made a link by which a passkey can be added to the account {user_name}. It "
        "opens nothing any more at {expires_at}. " + _NOT_YOU,
    ),
    "enrol_link_used": Text(
        "An enrolment link was used",
        "A passkey was added to the account {user_name} by the link that {issued_by} had made. "
        + _NOT_YOU,
    ),
    "recovery_codes_created": Text(
        "New recovery codes were made",
        "New recovery codes were made for the account {user_name}. The ones before open nothing "
        "any more. " + _NOT_YOU,
    ),
    "recovery_code_used": Text(
        "A recovery code was used",
        "A recovery code of the account {user_name} was used {purpose}. {left} are left. "
        + _NOT_YOU,
    ),
    "recovery_codes_disabled": Text(
        "Recovery codes were disabled",
        "Somebody failed {failed} times in a row to recover the account {user_name}. Its recovery "
        "codes open nothing until the person signs in and makes new ones.",
    ),
    "recovery_completed": Text(
        "An account was recovered",
        "The account {user_name} was recovered {way}, and has a new passkey. All its sessions have "
        "ended; {removed} old passkeys were deleted. Sign in with the new passkey, make new "
        "recovery codes, and add a second passkey. " + _NOT_YOU,
    ),
    "recovery_tested": Text(
        "Recovery was tested",
        "{user_name} tested recovery {way}. It worked.",
        mailed=False,
    ),
    "recovery_test_due": Text(
        "Recovery should be tested again",
        "Recovery was last tested {tested_at}. A test counts for {days} days. Choose 'Test "
        "recovery' in the console before the day on which somebody needs it.",
    ),
    "token_expires": Text(
        "A token will end soon",
        "The token {token}… of the connection {connection} opens nothing any more from "
        "{expires_at} on, and provisioning by it stops. Make a second token in the console, give "
        "it to your identity provider, and then revoke this one.",
    ),
    "provisioning_refused": Text(
        "Changes of your identity provider are refused",
        'A change by the connection {connection} was refused, saying "{reason}". What helps: '
        "{action} The errors in the log of the console list everyone it concerns, and end by "
        "themselves when the change succeeds. You are told of this kind once a day at the most.",
    ),
    "provisioning_digest": Text(
        "Changes of your identity provider were refused",
        "Since you were last told, changes were refused for {count} causes, {new} of them new: "
        "{codes}. The errors in the log of the console say what helps with each of them.",
    ),
    "provisioning_paused": Text(
        "A connection is paused",
        "More than {pause_after} changes by the connection {connection} were refused within ten "
        "minutes, so its changes wait; users are still turned off and deleted. Review the open "
        "errors in the log of the console, then resume the connection. Until then your identity "
        "provider is asked to try again later.",
    ),
    "domain_verified": Text(
        "A domain was verified",
        "The domain {domain} is verified: people with an address in it can be provisioned. Nobody "
        "signs in differently because of that. Keep the record in DNS; it is read again every day.",
    ),
    "domain_expired": Text(
        "A domain was not verified in time",
        "The record of the domain {domain} was not found in time, and its code has expired. Ask "
        "for a new code to try again.",
    ),
    "domain_at_risk": Text(
        "The record of a domain is gone",
        "The record that proves the domain {domain} cannot be found any more: {found} Publish it "
        "again before {grace_ends_at}. From then on nobody new can be provisioned with an address "
        "in this domain.",
    ),
    "domain_reminder": Text(
        "The record of a domain is still gone",
        "The record that proves the domain {domain} is still not there: {found} Publish it again "
        "before {grace_ends_at}. From then on nobody new can be provisioned with an address in "
        "this domain.",
    ),
    "domain_recovered": Text(
        "The record of a domain is back",
        "The record of the domain {domain} was found again. Nothing changes for anybody.",
    ),
    "domain_lapsed": Text(
        "A domain has lapsed",
        "The record of the domain {domain} was not published again in time. Nobody new can be "
        "provisioned with an address in it, and accounts with such an address cannot be recovered "
        "by mail. Everyone else keeps working. Publish the record, then press Verify.",
    ),
    "domain_contested": Text(
        "Somebody else has proved your domain",
        "Another organization has proved that it controls the domain {domain}, and your own record "
        "is not there: {found} If the domain is yours, publish your record again before "
        "{grace_ends_at}; after that it passes to the other organization.",
    ),
    "domain_contest_over": Text(
        "Your domain stays yours",
        "The record of the domain {domain} was found again, so it stays with this organization.",
    ),
    "domain_lost": Text(
        "A domain has passed to somebody else",
        "The domain {domain} belongs to another organization now, which proved that it controls "
        "it while your record was missing. Nobody new can be provisioned with an address in it "
        "here. Users who have one stay as they are.",
    ),
    "sso_refused": Text(
        "Single sign-on was asked for and refused",
        "{by} asked for single sign-on to be '{mode}'. The organization is not ready for that, and "
        "nothing was changed: the page of single sign-on says what is missing.",
        mailed=False,
    ),
    "domain_removed": Text(
        "A domain was removed",
        "The domain {domain} was removed by {by}. Nobody new can be provisioned with an address in "
        "it; users who have one stay as they are. " + _CHECK,
    ),
    "domain_claimed_elsewhere": Text(
        "Somebody else wants your domain",
        "Another organization tried to verify the domain {domain} and published a record of its "
        "own there. Your record is in place, so nothing changes. If that was not meant, find out "
        "who changes your DNS.",
    ),
}

_CODE_MAIL = Text(
    "Your recovery code",
    "Somebody asked to recover the account {user_name} at {organization}.\n\nThe code is\n\n"
    "    {code}\n\nIt works for ten minutes, only in the browser that asked for it, and only "
    "together with one of the saved recovery codes.\n\nIf that was not you, do nothing: without "
    "a saved code nobody comes in.\n",
)


class Words(NamedTuple):
    """A notice, ready to be shown or sent."""

    subject: str
    body: str


def words(code: str, facts: Mapping[str, Any]) -> Words:
    """Return a notice in words; a code of another version of this program is shown as it is."""
    text = CATALOGUE.get(code)
    if text is None:
        return Words(code.replace("_", " ").capitalize(), "")
    return _filled(text, facts)


def letter(code: str, facts: Mapping[str, Any], organization: str, at: datetime) -> Words:
    """Return a notice as a mail."""
    subject, body = words(code, facts)
    place = _plain(organization)
    tail = f"Organization: {place}\nTime: {_moment(at)}\n"
    return Words(f"{subject} ({place})"[:LONGEST_SUBJECT], f"{body}\n\n{tail}")


def code_letter(code: str, user_name: str, organization: str) -> Words:
    """Return the mail that carries a recovery code."""
    facts = {"code": code, "user_name": user_name, "organization": organization}
    return _filled(_CODE_MAIL, facts)


def placeholders(text: Text) -> set[str]:
    """Return the facts a text names."""
    return {name for _, name, _, _ in Formatter().parse(text.subject + text.body) if name}


def _filled(text: Text, facts: Mapping[str, Any]) -> Words:
    known = {name: _shown(name, facts.get(name)) for name in placeholders(text)}
    return Words(text.subject.format_map(known), text.body.format_map(known))


def _shown(name: str, value: Any) -> str:
    if value is None:
        return _UNKNOWN
    if name.endswith("_at"):
        return _moment(datetime.fromisoformat(str(value)))
    return _plain(str(value))


def _plain(text: str) -> str:
    """Return a text as one line: what people are called must not become part of our sentences."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:_LONGEST_FACT]


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC"
