"""/console/api: what programs can do for the organization."""

import re

from markupsafe import escape

from scimserver.domain.roles import Role

HERE = "/console/api"


def test_it_shows_every_operation_at_the_organization_s_own_address(acme):
    browser = acme.browser(Role.VIEWER)
    page = browser.get(HERE)
    described = acme.app.test_client().get("/api/openapi.json").get_json()["paths"]
    assert described
    for path, methods in described.items():
        for method, told in methods.items():
            assert f"{method.upper()} {path.replace('{organizationId}', acme.org_id)}" in page.text
            assert told["summary"] in page.text
            told_in_full = re.sub("`(.+?)`", r"<code>\1</code>", str(escape(told["description"])))
            assert told_in_full in page.html
    assert "/api/openapi.json" in page.links


def test_the_page_of_the_organization_leads_there(acme):
    assert HERE in acme.browser(Role.VIEWER).get("/console/organization").links
