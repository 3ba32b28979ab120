"""Use cases. None commits, none knows Flask."""
