"""Nothing is stored as a domain that is not a name in its one form (D3)."""

import shutil
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scimserver.config import Settings
from scimserver.domain import domain_name
from scimserver.domain.errors import DomainOwnedError, InvalidDomainError
from scimserver.services import audit, domains, organizations
from scimserver.storage.models import claim as claim_table
from scimserver.storage.models import domain_owner
from scimserver.storage.session import Database
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = Settings.from_env({"SCIMSERVER_EXTRA_SUFFIXES": "test,corp"})
LETTERS = "abc019-._ßÜаα日ａＡ１。\u200b\u00ad\u200d\u212a\u0308\u202e\ufe0f\x00א"
TEXTS = st.builds(
    "{}{}".format,
    st.one_of(st.text(LETTERS, max_size=12), st.text("abcXYZ019", min_size=1, max_size=12)),
    st.sampled_from([".com", ".TEST", "。de", ".corp.", ".co.uk", "．рф", "", "/"]),  # noqa: RUF001
)
NUMBERS = count(1)


@pytest.fixture(scope="module")
def database(sqlite_template, tmp_path_factory):
    """One database for all examples: what is compared here is text, alike on every engine."""
    path = tmp_path_factory.mktemp("names") / "names.db"
    shutil.copy(sqlite_template, path)
    opened = Database(f"sqlite:///{path}", synchronous="OFF")
    yield opened
    opened.dispose()


def _add(session, actor, text):
    return domains.add(session, actor, NOW, text, SETTINGS)


def _attest(session, actor, text):
    suffixes = SETTINGS.extra_suffixes
    return domains.attest(session, actor, NOW, text, reason="Contract.", extra_suffixes=suffixes)


def _stored(database, org_id):
    with database.reading() as session:
        return {
            table.name: session.execute(select(table.c.domain).where(table.c.org_id == org_id))
            .scalars()
            .all()
            for table in (claim_table, domain_owner)
        }


@settings(max_examples=60)
@example(_add, "ＡＣＭＥ。com。")  # noqa: RUF001
@example(_add, "аcme.com")  # noqa: RUF001
@example(_attest, "BÜCHER.com.")
@example(_add, "acme.com\u200b")
@example(_attest, "a\u00adcme.com")
@given(st.sampled_from([_add, _attest]), TEXTS)
def test_only_a_name_in_its_one_form_is_ever_stored(database, enter, text):
    organization = run(
        database, lambda s: organizations.create(s, NOW, name=f"Organization {next(NUMBERS)}")
    )
    actor = audit.operator(organization)
    try:
        made = run(database, lambda session: enter(session, actor, text))
    except (InvalidDomainError, DomainOwnedError):
        assert _stored(database, actor.org_id) == {"claim": [], "domain_owner": []}
        return
    assert made.domain == domain_name.normalise(text) == domain_name.normalise(made.domain)
    assert made.domain.isascii()
    owned = [made.domain] if enter is _attest else []
    assert _stored(database, actor.org_id) == {"claim": [made.domain], "domain_owner": owned}
