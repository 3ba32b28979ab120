"""The SCIM protocol (RFC 7643, RFC 7644), pure: no storage, no web, no clock."""
