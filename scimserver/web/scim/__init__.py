"""The SCIM surface under /scim/v2."""
