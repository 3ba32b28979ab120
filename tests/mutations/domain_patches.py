"""Checks of a domain's proof and of its claim, which real packets must miss (D14 to D36)."""

from tests.mutations.patch import Patch

_PACKETS = ("tests/dns/test_diagnostics.py", "tests/dns/test_attacks.py")
_CLAIMS = ("tests/dns/test_transitions.py", "tests/dns/test_contests.py")

_ANSWERS = "scimserver.adapters.dns.answers"
_ASK = "scimserver.adapters.dns.ask"
_LOOK = "scimserver.adapters.dns.look"
_SERVERS = "scimserver.adapters.dns.authoritative"
_VOICES = "scimserver.adapters.dns.voices"
_LIFE = "scimserver.domain.claim_life"
_SCHEDULE = "scimserver.domain.claim_schedule"
_TEXTS = "scimserver.domain.txt_match"
_CHECKS = "scimserver.services.domain_checks"
_RIVALS = "scimserver.services.handover"

PATCHES: dict[tuple[str, ...], list[Patch]] = {
    _PACKETS: [
        Patch(
            "D16 a code within other text",
            _TEXTS,
            'any(hmac.compare_digest(read, token.encode("utf-8"))',
            "any(token.encode() in read",
            "C16-knot",
        ),
        Patch(
            "D17 the domain itself only where the record is not there",
            _LOOK,
            "        if not there.is_negative:\n",
            "        if there.is_negative:\n",
            "X1-knot",
        ),
        Patch(
            "D18 records",
            _ANSWERS,
            "or len(found) > _MOST_RECORDS",
            "or len(found) > 101",
            "X5-records-knot",
        ),
        Patch(
            "D18 aliases",
            _ANSWERS,
            "len(links) > _MOST_LINKS",
            "len(links) > 9",
            "X5-chain-unbound",
        ),
        Patch(
            "D19 an alias that every name has",
            _VOICES,
            "    if sibling.target == heard.answer.target:\n",
            "    if sibling.target is None:\n",
            "C18-knot",
        ),
        Patch(
            "D21 resolvers that must agree",
            _VOICES,
            "return len(same) >= needed or",
            "return len(same) > 0 or",
            "test_a4_one_resolver_that_lies_is_not_enough",
        ),
        Patch(
            "D21 a flag that anybody could set",
            _ASK,
            "found.is_authenticated and asked.server.is_trusted_way",
            "found.is_authenticated",
            "test_a5_a_flag_that_anybody_on_the_way_can_set_is_not_believed",
        ),
        Patch(
            "D22 broken signatures outweigh",
            _VOICES,
            "    if bogus and require_dnssec:\n",
            "    if bogus and not require_dnssec:\n",
            "test_a5_broken_signatures_outweigh_all_who_did_not_look_at_them",
        ),
        Patch(
            "D22 a resolver that does not say why",
            _ASK,
            "        if unchecked.kind in _ANSWERED:\n",
            "        if unchecked.kind in ():\n",
            "test_c23_a_resolver_that_does_not_say_why",
        ),
        Patch(
            "D23 name servers within the house",
            _SERVERS,
            "if allow_private or is_public(each)",
            "if allow_private or each",
            "test_a7_name_servers_within_the_house_are_not_asked",
        ),
    ],
    _CLAIMS: [
        Patch(
            "D13 a code that was replaced ends",
            _LIFE,
            "now + _PREVIOUS if is_pending",
            "now + 2 * _PREVIOUS if is_pending",
            "test_the_code_before_a_new_one_counts_for_a_day",
        ),
        Patch(
            "D24 no look while caches hold what was there",
            _SCHEDULE,
            "    at = max(at, _seen_anew_at(claim) or at)\n",
            "",
            "test_no_claim_is_looked_at_while_caches_still_hold_what_was_there",
        ),
        Patch(
            "D25 a day without the record",
            _LIFE,
            "_NEGATIVES and _since(claim.negative_since, now) >= _SPAN",
            "_NEGATIVES",
            "test_many_looks_within_a_day_are_no_loss",
        ),
        Patch(
            "D25 what says nothing is not counted",
            _LIFE,
            "    if finding.is_transient:\n        return replace(seen,",
            "    if finding.is_transient and not claim.negatives:\n        return replace(seen,",
            "test_what_says_nothing_is_neither_counted_nor_forgets_what_was",
        ),
        Patch(
            "D33 an owner whose record is there",
            _RIVALS,
            "    if seen is None or seen.is_match:\n",
            "    if seen is None:\n",
            "test_an_owner_whose_record_is_there_keeps_the_domain_and_is_told",
        ),
        Patch(
            "D34 an owner about whom nothing is known",
            _RIVALS,
            "    if seen.is_transient:\n",
            "    if seen.is_match:\n",
            "test_an_owner_about_whom_nothing_can_be_found_out_is_left_alone",
        ),
        Patch(
            "D35 the time an owner has",
            _LIFE,
            "return claim.contested and now >= grace_ends_at(claim)",
            "return claim.contested",
            "test_who_asks_early_changes_nothing",
        ),
        Patch(
            "1.5 one owner",
            _CHECKS,
            "and not claims.own(session, claim.org_id, claim.domain, claim.id)",
            "and claims.own(session, claim.org_id, claim.domain, claim.id) is None",
            "test_a_lapsed_claim_does_not_come_back_over_somebody_elses",
        ),
    ],
}
