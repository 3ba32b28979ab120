"""Checks of sessions, cookies and step-up, and of where a change comes from (P58 to P70, T4)."""

from tests.mutations.patch import Patch

# How sessions begin and end (P58, P61, P62, P64).
SESSIONS = ("tests/services/test_sessions.py",)
# Cookies, and who reaches what (P58 to P60, P62, P70, P86).
GATE = ("tests/web/test_browser.py",)
# Whether a change is ours (P4, P65).
CHANGES = ("tests/web/test_changes.py",)

_SESSIONS = "scimserver.services.sessions"
_ROWS = "scimserver.storage.web_sessions"
_LIMITS = "scimserver.domain.web_session"
_BROWSER = "scimserver.web.browser"
_GUARD = "scimserver.web.guard"
_CSRF = "scimserver.web.csrf"
_WITHIN = "return now - self.seen_at < idle and now - self.created_at < longest"
_LASTING = "test_the_limits_are_those_of_the_role_a_person_has_now"
_KEEP = 'COOKIE, opened.secret, secure=True, httponly=True, samesite="Lax", path="/"'
_DROP = 'delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")'
_COOKIE = "test_each_cookie_carries_its_flags_and_no_age"
_FOREIGN_TOKEN = "test_a_change_without_the_session_s_token_is_refused"
_HEADER = """\
        if csrf.HEADER in request.headers or call.guard.is_ceremony:
            csrf.check_token(request, form, current.csrf)
"""
_FORM = """\
            form = MultiDict(read_form(request))
            csrf.check_token(request, form, current.csrf)
"""


def _cookie(name: str, call: str, flag: str, without: str) -> Patch:
    return Patch(name, _BROWSER, call, call.replace(flag, without), _COOKIE)


PATCHES: dict[tuple[str, ...], list[Patch]] = {
    SESSIONS: [
        Patch(
            "P58 shape of a secret",
            _SESSIONS,
            "if _SHAPE.fullmatch(secret) is None:",
            "if not secret.isascii():",
            "test_a_malformed_secret_never_reaches_the_database",
        ),
        Patch(
            "P58 the secret is not stored",
            _SESSIONS,
            "    written = replace(new, digest=digest)\n",
            "    written = replace(new, digest=secret)\n",
            "test_the_secret_is_256_bits_and_the_database_knows_its_hash_alone",
        ),
        Patch(
            "P58 ended sessions",
            _ROWS,
            "        .where(web_session.c.ended_at.is_(None))\n    )",
            "    )",
            "test_signing_out_ends_the_session",
        ),
        Patch("P62 idle", _LIMITS, _WITHIN, "return now - self.created_at < longest", _LASTING),
        Patch("P62 absolute", _LIMITS, _WITHIN, "return now - self.seen_at < idle", _LASTING),
        Patch(
            "P62 idle at its last instant",
            _LIMITS,
            _WITHIN,
            _WITHIN.replace("<", "<=", 1),
            _LASTING,
        ),
        Patch(
            "P62 administrators",
            _LIMITS,
            "        if self.person.is_administrative:\n",
            "        if False:\n",
            "test_a_promotion_shortens_a_session_at_once",
        ),
        Patch(
            "P62 anonymous",
            _LIMITS,
            "return self._within(now, IDLE_ANONYMOUS, LONGEST)",
            "return True",
            "test_an_anonymous_session_ends_when_idle_and_after_a_day",
        ),
        Patch(
            "P62 restricted",
            _LIMITS,
            "return now - self.created_at < LONGEST_RESTRICTED",
            "return now - self.seen_at < LONGEST_RESTRICTED",
            "test_a_restricted_session_lasts_ten_minutes",
        ),
        Patch(
            "P63 shut out at the next request",
            _LIMITS,
            "if self.person is None or self.person.why_shut_out is not None:",
            "if self.person is None:",
            "test_whoever_is_shut_out_has_no_session_from_the_next_request_on",
        ),
        Patch(
            "P33 shut out meanwhile",
            _SESSIONS,
            "if not web_sessions.may_enter(session, person.org_id, person.user_id):",
            "if False:",
            "test_whoever_is_shut_out_has_no_session_from_the_next_request_on",
        ),
        Patch(
            "P61 rotated once",
            _SESSIONS,
            "    if not web_sessions.end(session, current.digest, now, why):\n",
            "    if web_sessions.end(session, current.digest, now, why) is None:\n",
            "test_of_two_that_replace_a_session_one_wins",
        ),
        Patch(
            "P61 the old id at sign-in",
            _SESSIONS,
            '    _end_current(session, now, current, "signed_in")\n',
            "",
            "test_signing_in_rotates_id_and_token",
        ),
        Patch(
            "P61 the old id at a step-up",
            _SESSIONS,
            '    _end_current(session, now, current, "stepped_up")\n',
            "",
            "test_a_step_up_rotates_and_the_limits_run_on",
        ),
        Patch(
            "P61 the old id of a restricted session",
            _SESSIONS,
            '    _end_current(session, now, current, "restricted")\n',
            "",
            "test_of_two_that_replace_a_session_one_wins",
        ),
        Patch(
            "P61 the token at a step-up",
            _SESSIONS,
            "        csrf=fresh.csrf,\n",
            "",
            "test_a_step_up_rotates_and_the_limits_run_on",
        ),
        Patch(
            "P64 what a passkey opened",
            _ROWS,
            "        tests.append(web_session.c.opened_by == opened_by)\n",
            "        tests.append(web_session.c.opened_by != opened_by)\n",
            "test_what_a_passkey_opened_ends_with_it",
        ),
    ],
    GATE: [
        Patch(
            "P58 a planted id",
            _SESSIONS,
            "    secret = secrets.token_urlsafe(_BYTES)\n    digest",
            '    secret = "a" * 43\n    digest',
            "test_a_planted_id_is_not_adopted",
        ),
        _cookie("P59 Secure", _KEEP, "secure=True", "secure=False"),
        _cookie("P59 HttpOnly", _KEEP, "httponly=True", "httponly=False"),
        _cookie("P59 SameSite", _KEEP, '"Lax"', '"None"'),
        _cookie("P59 Path", _KEEP, '"/"', '"/account"'),
        _cookie("P59 no Max-Age", _KEEP, "secure=True", "max_age=3600, secure=True"),
        _cookie("P59 no Domain", _KEEP, "secure=True", 'domain="localhost", secure=True'),
        _cookie("P59 flags of what is dropped", _DROP, "secure=True", "secure=False"),
        Patch(
            "P60 who is given a session",
            _GUARD,
            "return guard.who is Who.ANYONE and (",
            "return (",
            "test_no_other_page_opens_one",
        ),
        Patch(
            "P62 noted once a minute",
            _BROWSER,
            "        if call.now - session.seen_at < _NOTED_EVERY:\n",
            "        if True:\n",
            "test_use_is_noted_once_a_minute",
        ),
        Patch(
            "P70 age of a step-up",
            _LIMITS,
            " and now - self.auth_at <= timedelta(seconds=seconds)",
            "",
            "test_a_ceremony_asks_for_a_fresh_step_up",
        ),
        Patch(
            "P70 a page's own limit",
            _BROWSER,
            "        if session.is_fresh(call.now, guard.fresh):\n",
            "        if session.is_fresh(call.now, 600):\n",
            "test_a_page_asks_for_the_passkey_and_then_goes_on",
        ),
        Patch(
            "P86 a restricted session",
            _GUARD,
            "    Who.SIGNED_IN: frozenset({Kind.USER}),\n",
            "    Who.SIGNED_IN: frozenset({Kind.USER, Kind.RESTRICTED}),\n",
            "test_a_restricted_session_reaches_its_own_views_alone",
        ),
        Patch(
            "nobody signed in",
            _GUARD,
            "    Who.SIGNED_IN: frozenset({Kind.USER}),\n",
            "    Who.SIGNED_IN: frozenset({Kind.USER, Kind.ANONYMOUS}),\n",
            "test_nobody_signed_in_is_told_so",
        ),
        Patch(
            "permission of a page",
            _BROWSER,
            "if guard.permission is not None and not grants(visitor.me.role, guard.permission):",
            "if False:",
            "test_a_page_asks_for_a_permission",
        ),
    ],
    CHANGES: [
        Patch(
            "P4 hosts",
            _BROWSER,
            "        home = self._loopback.get(request.host)\n",
            "        if request.host not in self._loopback:\n            return None\n"
            "        home = self._loopback.get(request.host)\n",
            "test_a_foreign_host_is_refused",
        ),
        Patch(
            "P65 Sec-Fetch-Site",
            _CSRF,
            'if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:',
            "if False:",
            "test_a_foreign_site_is_refused",
        ),
        Patch(
            "P65 Origin",
            _CSRF,
            "if origin is not None and origin not in origins:",
            "if False:",
            "test_a_foreign_origin_is_refused",
        ),
        Patch(
            "P65 Origin null",
            _CSRF,
            "if origin is not None and origin not in origins:",
            'if origin not in {None, "null"} and origin not in origins:',
            "test_a_foreign_origin_is_refused",
        ),
        Patch(
            "P65 token there",
            _CSRF,
            '        raise CsrfError("csrf_missing")\n',
            "        return\n",
            _FOREIGN_TOKEN,
        ),
        Patch(
            "P65 token of the session",
            _CSRF,
            "if not hmac.compare_digest(",
            "if False and not hmac.compare_digest(",
            _FOREIGN_TOKEN,
        ),
        Patch(
            "P65 tokens as bytes",
            _CSRF,
            'hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode())',
            "hmac.compare_digest(sent, expected)",
            _FOREIGN_TOKEN,
        ),
        Patch("P65 token of a ceremony", _BROWSER, _HEADER, "", "test_a_ceremony_takes_the_token"),
        Patch(
            "P65 token of a form",
            _BROWSER,
            _FORM,
            _FORM.splitlines(keepends=True)[0],
            _FOREIGN_TOKEN,
        ),
        Patch(
            "P65 before the body",
            _BROWSER,
            _HEADER,
            _HEADER.replace("if csrf", "read_form(request)\n        if csrf"),
            "test_a_body_is_not_read_before_site_and_token_are_known",
        ),
    ],
}
