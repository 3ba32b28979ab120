"""Domains in which anybody can have a mailbox."""

import pytest

from scimserver.domain import mail_providers
from scimserver.domain.errors import InvalidDomainError

DISPOSABLE, PUBLIC = "disposable_email_domain", "public_email_provider"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gmail.com", PUBLIC),
        ("corp.gmail.com", PUBLIC),
        ("daum.net", PUBLIC),
        ("duck.com", PUBLIC),
        ("hey.com", PUBLIC),
        ("mozmail.com", PUBLIC),
        ("tuta.io", PUBLIC),
        ("tutanota.com", PUBLIC),
        ("privaterelay.appleid.com", PUBLIC),
        # On both lists; that it is disposable says more.
        ("mailinator.com", DISPOSABLE),
        ("mx.mailinator.com", DISPOSABLE),
    ],
)
def test_a_provider_of_mailboxes_is_nobodys_domain(name, reason):
    with pytest.raises(InvalidDomainError) as caught:
        mail_providers.check(name)
    assert caught.value.context["reason"] == reason
    assert name in caught.value.detail
    assert f"(code {reason})" in caught.value.detail


@pytest.mark.parametrize(
    "name", ["acme.com", "eng.acme.com", "notgmail.com", "gmail.com.acme.com", "appleid.com"]
)
def test_any_other_domain_may_be_somebodys(name):
    mail_providers.check(name)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("gmail.com", {"gmail.com"}),
        ("corp.gmail.com", {"corp.gmail.com"}),
        ("corp.gmail.com", {"gmail.com", "acme.com"}),
        ("mailinator.com", {"mailinator.com"}),
    ],
)
def test_an_operator_overrules_the_lists(name, allowed):
    mail_providers.check(name, frozenset(allowed))


@pytest.mark.parametrize("allowed", ["corp.gmail.com", "acme.com", "com"])
def test_what_an_operator_allows_is_one_domain(allowed):
    with pytest.raises(InvalidDomainError, match=PUBLIC):
        mail_providers.check("gmail.com", frozenset({allowed}))
