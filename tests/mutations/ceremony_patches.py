"""Checks of the passkey ceremonies and of what a person may do with their passkeys (T4)."""

from tests.mutations.patch import Patch

# Attempts (P10 to P15).
ATTEMPTS = ("tests/web/passkeys/test_attempts.py",)
# Whose passkey it is, whether it may let in, and its counter (P29 to P38).
USES = ("tests/web/passkeys/test_assertions.py",)
# New passkeys (P26, P34, P70, P82).
REGISTRATION = ("tests/web/passkeys/test_registration.py",)
# How often, and what is kept of it (P71, P97).
LIMITS = ("tests/web/passkeys/test_limits.py",)
# What is asked before a passkey is deleted or renamed (P42, P46).
KEEPING = ("tests/services/test_passkeys.py",)

_JUDGED = "scimserver.services.ceremonies"
_BURNING = "scimserver.storage.ceremonies"
_USING = "scimserver.services.assertions"
_ROWS = "scimserver.storage.passkeys"
_NEW = "scimserver.services.registration"
_ROUTES = "scimserver.web.passkeys.routes"
_TRIAL = "scimserver.web.passkeys.trial"
_OWN = "scimserver.services.passkeys"
_BURNT = """\
        ceremony.c.id == bindparam("burnt", required=True),
        ceremony.c.session_digest == bindparam("of", required=True),
        ceremony.c.ended_at.is_(None),
"""

PATCHES: dict[tuple[str, ...], list[Patch]] = {
    ATTEMPTS: [
        Patch(
            "P12 burnt once",
            _BURNING,
            _BURNT,
            _BURNT[: _BURNT.index("        ceremony.c.ended")],
            "test_a_failed_try_uses_the_attempt_up",
        ),
        Patch(
            "P12 session of an attempt",
            _BURNING,
            _BURNT,
            _BURNT.replace(
                '        ceremony.c.session_digest == bindparam("of", required=True),\n', ""
            ),
            "test_the_response_of_one_session_is_nothing_in_another",
        ),
        Patch(
            "P10 purpose",
            _JUDGED,
            "if burnt.purpose != purpose:",
            "if False:",
            "test_an_attempt_serves_its_own_purpose",
        ),
        Patch(
            "P10 person of an attempt",
            _JUDGED,
            "if (burnt.org_id, burnt.user_id) != _bound(current, purpose):",
            "if False:",
            "test_an_attempt_belongs_to_the_person_who_began_it",
        ),
        Patch(
            "P10 lifetime",
            _JUDGED,
            "if burnt.expires_at <= now:",
            "if False:",
            "test_an_attempt_lives_for_five_minutes",
        ),
        Patch(
            "P14 expired at its last instant",
            _JUDGED,
            "if burnt.expires_at <= now:",
            "if burnt.expires_at < now:",
            "test_an_attempt_lives_for_five_minutes",
        ),
        Patch(
            "P15 shape of an id",
            _JUDGED,
            "if not isinstance(id, str) or not _ID.fullmatch(id):",
            "if not isinstance(id, str):",
            "test_what_is_no_id_never_reaches_the_database",
        ),
    ],
    USES: [
        Patch(
            "P29 user handle there",
            _USING,
            "        if is_needed:\n",
            "        if False:\n",
            "test_the_user_handle_is_that_of_the_owner",
        ),
        Patch(
            "P29 user handle of the owner",
            _USING,
            "if owner.handle is None or not compare_digest(sent, owner.handle):",
            "if owner.handle is None:",
            "test_the_user_handle_of_another_real_person_is_refused",
        ),
        Patch(
            "P30 allow list",
            _USING,
            "if passkey.credential not in ceremony.allowed:",
            "if False:",
            "test_another_persons_passkey_does_not_re_authenticate",
        ),
        Patch(
            "P30 owner at re-authentication",
            _USING,
            "if (owner.org_id, owner.user_id) != (current.org_id, current.user_id):",
            "if False:",
            "test_the_allow_list_alone_does_not_let_another_person_step_up",
        ),
        Patch(
            "an allow list is not empty",
            _USING,
            "    if not known:\n",
            "    if False:\n",
            "test_who_has_no_passkey_cannot_re_authenticate_by_one",
        ),
        Patch(
            "P31 backup eligibility",
            _USING,
            "if used.backup_eligible != passkey.backup_eligible:",
            "if False:",
            "test_a_changed_backup_eligibility_is_refused",
        ),
        Patch(
            "P32 equal counts",
            _ROWS,
            "passkey.c.sign_count < _NEW",
            "passkey.c.sign_count <= _NEW",
            "test_a_counter_that_does_not_go_up_marks_the_passkey",
        ),
        Patch(
            "P32 back to zero",
            _ROWS,
            "and_(passkey.c.sign_count == 0, _NEW == 0)",
            "_NEW == 0",
            "test_a_counter_that_does_not_go_up_marks_the_passkey",
        ),
        Patch(
            "P32 suspect passkeys are refused",
            _USING,
            "return is_lenient and use(regressed=True)",
            "return use(regressed=True)",
            "test_a_counter_that_does_not_go_up_marks_the_passkey",
        ),
        Patch(
            "P32 suspect passkeys are marked",
            _USING,
            "    passkeys.suspect(session, passkey.org_id, passkey.id)\n",
            "",
            "test_a_counter_that_does_not_go_up_marks_the_passkey",
        ),
        Patch(
            "P33 shut out at sign-in",
            _USING,
            "    if (cause := owner.why_shut_out) is not None:\n",
            "    if (cause := None) is not None:\n",
            "test_whoever_is_shut_out_is_refused_like_any_other",
        ),
        Patch(
            "P34 single sign-on at sign-in",
            _USING,
            "if accounts.must_use_sso(owner):",
            "if False:",
            "test_who_must_use_single_sign_on_is_told_so_after_the_signature",
        ),
        Patch(
            "audience at sign-in",
            _USING,
            "if not accounts.may_use_passkeys(session, owner):",
            "if False:",
            "test_the_organization_says_whose_passkeys_let_in",
        ),
        Patch(
            "P38 unknown credential",
            _USING,
            """\
    if passkey is None or owner is None:
        raise PasskeyRejectedError("credential_unknown", unknown_credential=True)
""",
            """\
    if passkey is None or owner is None:
        raise PasskeyRejectedError("credential_unknown")
""",
            "test_an_unknown_passkey_is_said_to_be_unknown",
        ),
        Patch(
            "P97 refusals are kept",
            _TRIAL,
            "            self._tell(failure)\n",
            "            pass\n",
            "test_a_changed_backup_eligibility_is_refused",
        ),
    ],
    REGISTRATION: [
        Patch(
            "P26 one credential in the world",
            _ROWS,
            "    if session.execute(written).first() is None:\n        return False\n",
            "    session.execute(written)\n",
            "test_a_credential_id_is_registered_once_in_the_world",
        ),
        Patch(
            "P34 single sign-on at registration",
            _NEW,
            "if accounts.must_use_sso(person):",
            "if False:",
            "test_who_must_use_single_sign_on_adds_no_passkey",
        ),
        Patch(
            "audience at registration",
            _NEW,
            "if not accounts.may_use_passkeys(session, person):",
            "if False:",
            "test_whom_the_organization_gives_no_passkeys_adds_none",
        ),
        Patch(
            "P82 link used up",
            _NEW,
            "    link = enrolment.consume(session, person.org_id, current.opened_by, now, visit)\n",
            "    link = enrolment.enrolment.get(session, person.org_id, current.opened_by)\n",
            "test_a_link_is_used_up_by_the_passkey",
        ),
        Patch(
            "P70 fresh at registration",
            _ROUTES,
            '("register/options", self.register_options, enrolling, FRESH)',
            '("register/options", self.register_options, enrolling, None)',
            "test_an_old_sign_in_registers_nothing_until_it_is_renewed",
        ),
    ],
    LIMITS: [
        Patch(
            "P71 options by session",
            _ROUTES,
            "                (throttle.Kind.OPTIONS_SESSION, visitor.session.digest),\n",
            "",
            "test_a_session_begins_ten_attempts_a_minute",
        ),
        Patch(
            "P71 options by address",
            _ROUTES,
            "                (throttle.Kind.OPTIONS_ADDRESS, visitor.visit.address),\n",
            "",
            "test_an_address_begins_sixty_attempts_a_minute",
        ),
        Patch(
            "P71 failures",
            _ROUTES,
            "            trial.check()\n",
            "",
            "test_an_address_fails_ten_sign_ins_in_five_minutes",
        ),
        Patch(
            "P97 refusals are not kept without end",
            _TRIAL,
            "            throttle.hit(session, kind, self._subject(kind), self._visitor.now, "
            "self._pepper)\n",
            "",
            "test_refusals_of_one_address_do_not_fill_the_log",
        ),
    ],
    KEEPING: [
        Patch(
            "P46 last passkey",
            _OWN,
            "    return Removal.LAST if has_mail and unused_codes(session, person) "
            "else Removal.KEPT\n",
            "    return Removal.FREE\n",
            "test_the_last_passkey_stays",
        ),
        Patch(
            "P46 two for a local administrator",
            _OWN,
            "if person.local_administrator and others < FEWEST_LOCAL:",
            "if False:",
            "test_a_local_administrator_keeps_two",
        ),
        Patch(
            "P46 confirmed",
            _OWN,
            "(found is Removal.LAST and confirmed)",
            "found is Removal.LAST",
            "test_the_last_passkey_goes_where_codes_are_left_and_it_is_meant",
        ),
        Patch(
            "P42 names told apart",
            _OWN,
            "    if label in labels_of(passkeys.every(session, person.org_id, person.user_id)):\n",
            "    if False:\n",
            "test_a_name_that_does_not_do_is_refused",
        ),
        Patch(
            "P42 length of a name",
            _OWN,
            "if not labels.is_fit(label):",
            "if False:",
            "test_a_name_that_does_not_do_is_refused",
        ),
        Patch(
            "P64 sessions a passkey opened",
            _OWN,
            """\
    sessions.end_opened_by(
        session, old.org_id, old.user_id, old.id, now, DELETED, by=actor, visit=visit
    )
""",
            "",
            "test_a_passkey_is_deleted_with_what_it_opened",
        ),
    ],
}
