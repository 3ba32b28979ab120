"""The console: what people see. Its pages are rendered by scimserver.web.render.

``templates`` and ``static`` hold the pages and files of every surface with pages (sign-in,
account, recovery, administration), so that they look alike.
"""
