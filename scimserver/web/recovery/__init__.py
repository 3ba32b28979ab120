"""Ways back in, and the first way in: codes, links, the small room, and trying them (P76-P88)."""
