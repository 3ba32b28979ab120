"""Passkey ceremonies over HTTP: each is two POSTs of JSON, options and verification (P1, P2)."""
