"""What this product promises beside the protocol, pure: actors, commands, the domain rule."""
