"""HTTP: bytes become commands, outcomes become bytes."""
