"""Checks of a passkey's response, made before anything is looked up (P18 to P37)."""

from tests.mutations.patch import Patch

ADAPTERS = ("tests/adapters/test_refusals.py", "tests/adapters/test_webauthn.py")

_WEBAUTHN = "scimserver.adapters.webauthn"
_STRICT = "scimserver.adapters.strict"
_DATA = "scimserver.adapters.authenticator_data"
_CBOR = "scimserver.adapters.cbor"
_REGISTRATION_UV = """\
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
"""
_ASSERTION_UV = """\
            credential_current_sign_count=0,
            require_user_verification=True,
"""

PATCHES: dict[tuple[str, ...], list[Patch]] = {
    ADAPTERS: [
        Patch(
            "P18 algorithms offered",
            _WEBAUTHN,
            "        supported_pub_key_algs=ALGORITHMS,\n    )",
            "        supported_pub_key_algs=ALGORITHMS[:1],\n    )",
        ),
        Patch(
            "P18 algorithms verified",
            _WEBAUTHN,
            _REGISTRATION_UV,
            _REGISTRATION_UV.replace("ALGORITHMS", "list(COSEAlgorithmIdentifier)"),
        ),
        Patch(
            "P21 user verified at registration",
            _WEBAUTHN,
            _REGISTRATION_UV,
            _REGISTRATION_UV.replace("True", "False"),
        ),
        Patch(
            "P21 user verified at sign-in",
            _WEBAUTHN,
            _ASSERTION_UV,
            _ASSERTION_UV.replace("True", "False"),
        ),
        Patch(
            "P22 strays of the library",
            _WEBAUTHN,
            " and more out of the library.\n    except Exception as refusal:",
            "\n    except (webauthn.helpers.exceptions.WebAuthnException, ValueError) as refusal:",
        ),
        Patch(
            "P22 strays of the key loader",
            _WEBAUTHN,
            "    except PasskeyRejectedError:\n        raise\n    except Exception as refusal:",
            "    except PasskeyRejectedError:\n        raise\n    except RuntimeError as refusal:",
        ),
        Patch(
            "P23 BOM and UTF-8", _STRICT, 'json.loads(raw.decode("utf-8-sig"), ', "json.loads(raw, "
        ),
        Patch("P23 nesting", _STRICT, "except (ValueError, RecursionError)", "except ValueError"),
        Patch(
            "P23 members twice",
            _STRICT,
            "    if len(members) != len(pairs):\n        raise ValueError",
            "    if False:\n        raise ValueError",
        ),
        Patch("P23 an object", _STRICT, "if not isinstance(data, dict) or not all(", "if not all("),
        Patch(
            "P23 types of members",
            _STRICT,
            'for name in ("type", "challenge", "origin")',
            "for name in ()",
        ),
        Patch(
            "P23 crossOrigin",
            _STRICT,
            'if data.get("crossOrigin", False) is not False:',
            "if False:",
        ),
        Patch(
            "P23 crossOrigin exactly",
            _STRICT,
            'if data.get("crossOrigin", False) is not False:',
            'if data.get("crossOrigin", False) is True:',
        ),
        Patch("P23 topOrigin", _STRICT, 'if "topOrigin" in data:', "if False:"),
        Patch(
            "P23 challenge, one spelling",
            _STRICT,
            'if data["challenge"] != to_base64url(challenge):',
            "if False:",
        ),
        Patch(
            "P24 members",
            _DATA,
            'found.keys() != {"fmt", "attStmt", "authData"}',
            'not found.keys() >= {"fmt", "attStmt", "authData"}',
        ),
        Patch("P24 end of the map", _CBOR, "    if end != len(raw):", "    if False:"),
        Patch("P24 keys once", _CBOR, "        if key in entries:", "        if False:"),
        Patch(
            "P24 keys of one kind",
            _CBOR,
            "        if type(key) not in {int, str}:",
            "        if False:",
        ),
        Patch("P24 nesting", _CBOR, "    if depth == MAX_DEPTH:", "    if False:"),
        Patch(
            "P24 a statement is a map",
            _DATA,
            "if not isinstance(statement, dict) or not isinstance(data, bytes):",
            "if not isinstance(data, bytes):",
        ),
        Patch(
            "P24 authenticator data is bytes",
            _DATA,
            "if not isinstance(statement, dict) or not isinstance(data, bytes):",
            "if not isinstance(statement, dict):",
        ),
        Patch(
            "P24 nothing under none",
            _DATA,
            'nothing = fmt == "none" and not statement',
            'nothing = fmt == "none"',
        ),
        Patch("P25 formats", _DATA, "    if not (nothing or own):", "    if False:"),
        Patch(
            "P25 self attestation alone",
            _DATA,
            'own = fmt == "packed" and statement.keys() == {"alg", "sig"}',
            'own = fmt == "packed"',
        ),
        Patch(
            "P25 no model",
            _WEBAUTHN,
            'if attestation.format == "packed" and found.aaguid != UNATTESTED:',
            "if False:",
        ),
        Patch(
            "P26 id and rawId",
            _STRICT,
            'if credential.get("rawId") != credential["id"]:',
            "if False:",
        ),
        Patch(
            "P26 attested id",
            _WEBAUTHN,
            "if found.credential_id != identity:",
            "if False:",
        ),
        Patch(
            "P26 shortest id",
            _STRICT,
            "if not SHORTEST_ID <= len(raw) <= LONGEST_ID:",
            "if not len(raw) <= LONGEST_ID:",
        ),
        Patch(
            "P26 longest id",
            _STRICT,
            "if not SHORTEST_ID <= len(raw) <= LONGEST_ID:",
            "if not len(raw) >= SHORTEST_ID:",
        ),
        Patch(
            "P26 one spelling",
            _STRICT,
            "        if to_base64url(raw) == value:\n            return raw",
            "        return raw",
        ),
        Patch(
            "P27 key loaded",
            _WEBAUTHN,
            "    _check_key(found.credential_public_key)\n",
            "",
        ),
        Patch("P27 members of a key", _DATA, "members.keys() != _MEMBERS[algorithm]", "False"),
        Patch(
            "P27 type of key",
            _DATA,
            "return isinstance(key, ed25519.Ed25519PublicKey)",
            "return True",
        ),
        Patch(
            "P27 curve",
            _DATA,
            " and isinstance(key.curve, ec.SECP256R1)",
            "",
        ),
        Patch(
            "P27 coordinates",
            _DATA,
            "    if algorithm == ES256 and not len",
            "    if False and not len",
        ),
        Patch("P27 small modulus", _DATA, "2048 <= key.key_size <= 4096", "key.key_size <= 4096"),
        Patch("P27 large modulus", _DATA, "2048 <= key.key_size <= 4096", "2048 <= key.key_size"),
        Patch("P27 small exponent", _DATA, "and key.public_numbers().e >= 65537", ""),
        Patch("P27 large exponent", _DATA, "and len(members[-2]) <= _LONGEST_EXPONENT", ""),
        Patch("P28 not discoverable", _STRICT, "    if resident is False:", "    if False:"),
        Patch(
            "P28 unknown",
            _STRICT,
            "return True if resident is True else None",
            "return bool(resident)",
        ),
        Patch(
            "P29 handle in base64url",
            _WEBAUTHN,
            'strict.from_base64url(handle, "user_handle_malformed")',
            "handle",
        ),
        Patch(
            "P32 sign counts",
            _WEBAUTHN,
            "credential_current_sign_count=0",
            "credential_current_sign_count=1",
        ),
        Patch(
            "P36 transports",
            _STRICT,
            "return tuple(known for known in TRANSPORTS if known in named)",
            "return tuple(named)",
        ),
        Patch(
            "P36 attachment",
            _WEBAUTHN,
            '        "type": "public-key",\n',
            '        **credential,\n        "type": "public-key",\n',
        ),
        Patch(
            "P37 control characters",
            _STRICT,
            'if not unicodedata.category(c).startswith("C")',
            "if True",
        ),
        Patch(
            "P37 length",
            _STRICT,
            "islice(kept, _LONGEST_DETAIL)",
            "kept",
        ),
        Patch(
            "type of credential",
            _STRICT,
            'if credential.get("type") != "public-key":',
            "if False:",
        ),
        Patch(
            "authenticator data taken apart",
            _DATA,
            "    if at != len(raw):\n        raise rejected",
            "    if False:\n        raise rejected",
        ),
        Patch(
            "extensions are a map",
            _DATA,
            "        if not isinstance(extensions, dict):",
            "        if False:",
        ),
        Patch(
            "a key is a map",
            _DATA,
            "if not isinstance(key, dict) or type(key.get(_KTY)) is not int:",
            "if False:",
        ),
    ],
}
