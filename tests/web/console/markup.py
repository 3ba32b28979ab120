"""Reads a page strictly: well nested, ids unique, everything labelled, nothing inline."""

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
LABELLED = {"input", "select", "textarea"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster"}
# The two names of XML vocabularies, which nobody fetches.
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
_HEADING = re.compile(r"h[1-6]")


class Page(HTMLParser):
    """A page taken apart; ``faults`` says what is wrong with it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.faults, self.ids, self.headings, self.elements = [], [], [], []
        self.links, self.text = [], ""
        self._open, self._labels = [], set()
        self.feed(text)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self._open]
        self._check()

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        values = dict(attrs)
        if len(names) != len(values):
            self.faults.append(f"attribute twice in {tag}: {names}")
        if tag not in VOID:
            self._open.append(tag)
        self.elements.append((tag, values, "label" in self._open))
        self._note(tag, values)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), False))
        if tag not in VOID and "svg" not in self._open:
            self.faults.append(f"closed in itself: {tag}")
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag):
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} closes {self._open[-1:]}")
        else:
            self._open.pop()

    def handle_data(self, data):
        self.text += data
        if self._open and self._open[-1] in ("script", "style") and data.strip():
            self.faults.append(f"inline {self._open[-1]}")

    def _note(self, tag, values):
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "label" and "for" in values:
            self._labels.add(values["for"])
        if _HEADING.fullmatch(tag):
            self.headings.append(int(tag[1]))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        for name, value in values.items():
            if name.startswith(("on", "hx-on")) or name in ("style", "srcdoc"):
                self.faults.append(f"{tag} {name}")
            if name in ADDRESSES and value and not re.match(r"(/(?!/)|#|\?)", value):
                self.faults.append(f"{tag} {name} leads elsewhere: {value}")

    def _check(self):
        doubled = {each for each in self.ids if self.ids.count(each) > 1}
        self.faults += [f"id twice: {each}" for each in doubled]
        if self.headings.count(1) != 1 or self.headings[:1] != [1]:
            self.faults.append(f"headings begin {self.headings[:2]}")
        steps = zip(self.headings, self.headings[1:], strict=False)
        self.faults += [f"h{high} before h{low}" for high, low in steps if low > high + 1]
        for tag, values, in_label in self.elements:
            self._check_element(tag, values, in_label)

    def _check_element(self, tag, values, in_label):
        hidden = values.get("type") == "hidden"
        named = values.get("id") in self._labels or "aria-label" in values or in_label
        if tag in LABELLED and not hidden and not named:
            self.faults.append(f"no label: {tag} {values}")
        if tag == "img" and "alt" not in values:
            self.faults.append(f"no alt: {values}")
        for name in ("aria-describedby", "aria-labelledby", "for"):
            for target in (values.get(name) or "").split():
                if target not in self.ids:
                    self.faults.append(f"{name} leads nowhere: {target}")
        if tag == "form" and values.get("method") == "post":
            self._check_token(values)

    def _check_token(self, values):
        fields = [each for tag, each, _ in self.elements if tag == "input"]
        if not any(each.get("name") == "csrf" and each.get("value") for each in fields):
            self.faults.append(f"no token for the form of {values.get('action')}")

    def one(self, tag, **wanted):
        """Return the attributes of the only element of that kind."""
        found = [
            values
            for name, values, _ in self.elements
            if name == tag and all(values.get(key) == value for key, value in wanted.items())
        ]
        assert len(found) == 1, (tag, wanted, found)
        return found[0]

    def has(self, tag, **wanted):
        """Return whether there is such an element."""
        return any(
            name == tag and all(values.get(key) == value for key, value in wanted.items())
            for name, values, _ in self.elements
        )


def faults(text):
    """Return what is wrong with a page."""
    return Page(text).faults
