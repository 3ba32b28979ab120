"""How much comparing one PATCH may ask for: a line of a client must not cost minutes."""

from scimserver.scim.errors import PayloadTooLargeError

MAX_COMPARISONS = 200_000


class Effort:
    """Counts comparisons of stored or added values with terms of filters, in one request.

    The bounds on operations, values and terms each allow what a client may need. Their product is
    what nobody needs.
    """

    def __init__(self) -> None:
        self._spent = 0

    def spend(self, terms: int, values: int) -> None:
        """Count comparing each value with each term, or refuse the request before it is done."""
        self._spent += terms * values
        if self._spent > MAX_COMPARISONS:
            raise PayloadTooLargeError(
                f"Operations: more than {MAX_COMPARISONS:,} comparisons. Split the request."
            )
