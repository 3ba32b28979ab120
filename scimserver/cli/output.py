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
        elif lines is not None:
            click.echo("\n".join(lines))
        else:
            width = max(map(len, item), default=0)
            for name, value in item.items():
                click.echo(f"{_label(name):<{width}}  {_text(value)}")

    def items(self, items: Sequence[Item], empty: str, *, next_: str | None = None) -> None:
        """Print a list, as a table for people; ``next_`` is the cursor of a page that follows."""
        if self.is_json:
            listed: dict[str, Any] = {"items": items}
            if next_ is not None:
                listed["next"] = next_
            _dump(listed)
            return
        if not items:
            click.echo(empty)
            return
        for line in table(items):
            click.echo(line)
        if next_:
            click.echo(f"\nMore follows: --cursor {next_}")

    def page(self, items: Sequence[Item], empty: str, next_: str | None) -> None:
        """Print one page of a list; programs always find ``next``, null on the last page."""
        if self.is_json:
            _dump({"items": items, "next": next_})
        else:
            self.items(items, empty, next_=next_)


def note(text: str) -> None:
    """Tell the operator something beside the answer, on standard error."""
    click.echo(text, err=True)


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
    return name.replace("_", " ")


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "-"
    return str(value)
