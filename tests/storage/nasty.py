"""Seventy nasty filters: the valid ones by number, and those that are none."""

C = "urn:ietf:params:scim:schemas:core:2.0:User"
E = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DEEP = "not (" * 31 + "title pr" + ")" * 31
LONG = " or ".join(f'userName eq "u{n}"' for n in range(1000))

# Number, text, and the tree where it is not the text itself.
TREES = [
    (2, 'USERNAME EQ "bjensen"', 'USERNAME eq "bjensen"'),
    (
        3,
        'userName Eq "bjensen" And active eq true',
        'and(userName eq "bjensen", active eq true)',
    ),
    (4, 'a eq "1" or b eq "2" and c eq "3"', 'or(a eq "1", and(b eq "2", c eq "3"))'),
    (5, 'a eq "1" and b eq "2" or c eq "3"', 'or(and(a eq "1", b eq "2"), c eq "3")'),
    (6, "not (a pr) and b pr", "and(not(a pr), b pr)"),
    (8, "not (not (a pr))", "not(not(a pr))"),
    (12, "active eq True", "active eq true"),
    (20, "x eq 1e3", "x eq 1000.0"),
    (24, 'displayName eq "\\u00e9t\\u00e9"', 'displayName eq "été"'),
    (
        33,
        'emails[type eq "work" and value co "@example.com"]',
        'emails[and(type eq "work", value co "@example.com")]',
    ),
    (
        34,
        (
            'emails[type eq "work" and value co "@example.com"]'
            ' or ims[type eq "xmpp" and value co "@foo.com"]'
        ),
        (
            'or(emails[and(type eq "work", value co "@example.com")],'
            ' ims[and(type eq "xmpp", value co "@foo.com")])'
        ),
    ),
    (
        35,
        'emails[type eq "work" or type eq "home" and primary eq true]',
        'emails[or(type eq "work", and(type eq "home", primary eq true))]',
    ),
    (36, 'emails[not (type eq "work")]', 'emails[not(type eq "work")]'),
    (
        37,
        'emails[type eq "work"].value eq "x@y.z"',
        'emails[and(type eq "work", value eq "x@y.z")]',
    ),
    (38, 'emails[type eq "work"].value pr', 'emails[and(type eq "work", value pr)]'),
    (67, '  (  ( userName   eq   "a" ) )  ', 'userName eq "a"'),
    (69, DEEP, "not(" * 31 + "title pr" + ")" * 31),
    (
        70,
        LONG,
        "or(" + ", ".join(f'userName eq "u{n}"' for n in range(1000)) + ")",
    ),
]

PLAIN = [
    (1, 'userName eq "bjensen"'),
    (10, "title pr"),
    (11, "active eq true"),
    (13, 'active eq "true"'),
    (14, "title eq null"),
    (15, 'title eq "null"'),
    (16, "x eq 5"),
    (17, "x gt 42"),
    (18, "x eq -1"),
    (19, "x eq 3.14"),
    (22, 'displayName eq "a \\"quoted\\" b"'),
    (23, 'displayName eq "back\\\\slash"'),
    (26, 'displayName eq ""'),
    (27, 'displayName eq "été 日本 😀"'),
    (28, 'displayName eq "has (parens) and [brackets] or x"'),
    (29, f'{C}:userName eq "bjensen"'),
    (30, f'{E}:employeeNumber eq "701984"'),
    (31, f'{E}:manager.value eq "26118915"'),
    (32, 'urn:example:custom:1.0:Thing:foo-bar_baz.x eq "1"'),
    (41, 'nullable eq "x"'),
    (42, 'trueName eq "x"'),
    (43, "falsehood pr"),
    (44, 'never eq "x"'),
    (45, 'android eq "x"'),
    (46, 'ordinal eq "1"'),
    (47, 'notes eq "1"'),
    (48, 'members.$ref eq "x"'),
    (49, 'meta.lastModified gt "2011-05-13T04:42:34Z"'),
    (65, 'userName eq "a\' OR 1=1 --"'),
]

VALID = [(7, "not(a pr)"), *((n, t) for n, t, _ in TREES), *PLAIN]

INVALID = [
    (9, "not a pr"),
    (21, "x eq 01"),
    (25, 'displayName eq "bad\\qescape"'),
    (39, 'addresses[type eq "work"][primary eq true]'),
    (40, 'emails[addresses[type eq "x"]]'),
    (50, 'userName regex "x"'),
    (51, "userName eq"),
    (52, "userName"),
    (53, ""),
    (54, "   "),
    (55, 'userName eq "abc'),
    (56, "userName eq 'abc'"),
    (57, "userName eq bjensen"),
    (58, '(userName eq "a"'),
    (59, 'userName eq "a")'),
    (60, 'userName eq "a" and'),
    (61, 'userName eq "a" userName eq "b"'),
    (62, 'userName eq "a" xor userName eq "b"'),
    (63, 'userName pr "x"'),
    (64, 'userName eq "a"; DROP TABLE users'),
    (66, 'a.b.c eq "x"'),
    (68, 'userNameeq"a"'),
]
