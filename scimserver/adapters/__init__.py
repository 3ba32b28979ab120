"""The outside world, one module each: what other people's libraries and services do for us."""
