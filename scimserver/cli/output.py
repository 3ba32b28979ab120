"""What commands print: one JSON object for programs, quiet lines and tables for people."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
import orjson

from scimserver.clock import timestamp

Item = Mapping[str, Any]


class Output:
    """Where a command's answer goes: standard output alone, in the form the caller asked for."""

    def __init__(self) -> None:
        self.is_json = False

    def item(self, item: Item, lines: Sequence[str] | None = None) -> None:
        """Print one object; people read ``lines`` instead where they are given."""
        if self.is_json:
            _dump(item)
        else:
            click.echo("\n".join(described(item) if lines is None else lines))

    def items(self, items: Sequence[Item], empty: str, rows: Sequence[Item] | None = None) -> None:
        """Print a whole list, as a table for people; of ``rows`` where they are given."""
        if self.is_json:
            _dump({"items": items})
        else:
            _print_table(items if rows is None else rows, empty)

    def page(self, items: Sequence[Item], rows: Sequence[Item], following: str | None) -> None:
        """Print a page of a list; people see ``rows`` instead.

        Programs always find ``next``: the cursor of the page that follows, null on the last one.
        """
        if self.is_json:
            _dump({"items": items, "next": following})
            return
        _print_table(rows, "Nothing here.")
        if following is not None:
            click.echo(f"\nMore follows: --cursor {following}")


def note(text: str) -> None:
    """Tell the operator something beside the answer, on standard error."""
    click.echo(text, err=True)


def _print_table(items: Sequence[Item], empty: str) -> None:
    click.echo("\n".join(table(items)) if items else empty)


def described(item: Item) -> list[str]:
    """Return a line for each member of an object, their values aligned."""
    width = max(map(len, item), default=0)
    return [f"{_label(name):<{width}}  {_text(value)}" for name, value in item.items()]


def table(items: Sequence[Item]) -> list[str]:
    """Return aligned lines under a head, columns in the order of the first item's keys."""
    columns = list(items[0])
    rows = [[_label(name) for name in columns]]
    rows += [[_text(item.get(name)) for name in columns] for item in items]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def moment(value: datetime | None) -> str | None:
    """Return an instant as every surface writes it, None for none."""
    return None if value is None else timestamp(value)


def _dump(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
    sys.stdout.flush()


def _label(name: str) -> str:
    return name.replace("_", " ") if name.islower() else name


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "-"
    return str(value)
