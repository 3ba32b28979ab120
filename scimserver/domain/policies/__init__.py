"""The rules at the door, in the order in which they are asked."""
