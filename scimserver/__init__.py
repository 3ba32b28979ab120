"""scimserver: a SCIM 2.0 provisioning server with one guarded door."""

__version__ = "0.1.0"
