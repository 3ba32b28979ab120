"""``python -m scimserver`` is the command line."""

from scimserver.cli.main import main

if __name__ == "__main__":
    main()
