"""Random filters, as text, over the corpus."""

import json

from hypothesis import strategies as st

from tests.storage.population import CUSTOM, DATES, ENTERPRISE, NUMBERS, TEXTS, USER

TEXT_OPS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
ORDER_OPS = ("eq", "ne", "gt", "ge", "lt", "le")
# The oracle compares a list within an entry as a whole, so such names stay within brackets.
TEXT_NAMES = (
    "userName", "displayName", "title", "a", "b", "c", "nullable", "exact",
    "tags", "name.familyName", "emails", "emails.value", "emails.type", "emails.display",
    "ims.type", "entries.kind", "NAME.FamilyName", f"{USER}:title", f"{ENTERPRISE}:employeeNumber",
    f"{ENTERPRISE}:manager.value", f"{CUSTOM}:foo-bar_baz.x", "name.labels",
    "trueName",
)  # fmt: skip
# The oracle takes a URI alone where an attribute is a reference.
SITES = st.sampled_from([f"https://example.com/{name}" for name in ("", "a", "B", "ab")])
NAMES = (
    *TEXT_NAMES, "site", "active", "x", "size", "born", "cert", "scores", "emails.primary",
    "entries.weight", "entries.since", "name", "entries", "schemas", f"{ENTERPRISE}:manager",
)  # fmt: skip


def quoted(value):
    """Write a literal."""
    return json.dumps(value, ensure_ascii=False)


texts = st.one_of(
    st.sampled_from(TEXTS), st.sampled_from(["", "-", "-1", "b", "example"]), st.text(max_size=2)
).filter(lambda text: text.isprintable())


def _compared(names, ops, values):
    return st.builds(
        "{} {} {}".format, st.sampled_from(names), st.sampled_from(ops), values.map(quoted)
    )


def _leaves(prefix):
    """Return leaves; with a prefix those within its brackets."""
    if prefix is None:
        pools = (
            TEXT_NAMES,
            ("active", "emails.primary"),
            ("x", "size", "scores", "entries.weight"),
        )
        dates, present = ("born", "entries.since"), NAMES
    elif prefix == "entries":
        pools = (("kind", "labels"), (), ("weight",))
        dates, present = ("since",), ("kind", "weight", "labels", "since")
    elif prefix == "tags":
        pools, dates, present = (("value",), (), ()), (), ("value",)
    elif prefix == "scores":
        pools, dates, present = ((), (), ("value",)), (), ("value",)
    else:
        pools = (("value", "type", "display", "VALUE"), ("primary",), ())
        dates, present = (), ("value", "type", "primary")
    strings, flags, numbers = pools
    found = [st.builds("{} pr".format, st.sampled_from(present))]
    plain = prefix in ("tags", "scores")
    if strings:
        found += [_compared(strings, TEXT_OPS, texts)] * 3
        if prefix is None:
            found.append(_compared(("site",), TEXT_OPS, SITES))
        if not plain:
            found.append(_compared(strings, ("eq", "ne", "gt"), st.none()))
    if flags:
        found.append(_compared(flags, ("eq", "ne"), st.booleans()))
    if numbers:
        found.append(_compared(numbers, ORDER_OPS, st.sampled_from([*NUMBERS[:5], 2**53 + 1])))
    if dates:
        found.append(_compared(dates, ORDER_OPS, st.sampled_from(DATES)))
    return st.one_of(found)


def _combined(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({}) and ({})".format, inner, inner),
            st.builds("({}) or ({})".format, inner, inner),
            st.builds("not ({})".format, inner),
        ),
        max_leaves=4,
    )


def _value_paths():
    heads = ("emails", "ims", "entries", "tags", "scores")
    return st.one_of(
        [st.builds((head + "[{}]").format, _combined(_leaves(head))) for head in heads]
    )


filters = _combined(st.one_of(_leaves(None), _leaves(None), _value_paths()))
