"""The schemas in force, as a command needs them: all, or what one organization sees."""

from scimserver.cli.context import Context
from scimserver.scim.registry import Registry, default_folder, load
from scimserver.services import organizations


def every_schema(context: Context) -> Registry:
    """Return all schemas of the folder, whoever sees them."""
    settings = context.settings
    return load(settings.schemas or default_folder(), examples=settings.has_examples)


def schemas_of(context: Context, reference: str) -> Registry:
    """Return the schemas that an organization sees, named by its id or slug."""
    found = context.read(lambda session: organizations.find(session, reference))
    return every_schema(context).seen_by(found.slug, sandbox=found.sandbox)
