"""The profile of an identity provider we know nothing about: tolerant, and never guessing.

It accepts the departures several senders share, as long as they can be read in one way only. What
each switch does is told in RFC 7644 terms at https://datatracker.ietf.org/doc/html/rfc7644 wherever
it takes effect.
"""

from scimserver.scim.quirks.profile import Profile

PROFILE = Profile()
