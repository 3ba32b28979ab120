"""What axe-core finds wrong with a page (https://github.com/dequelabs/axe-core)."""

import json
from pathlib import Path

SCRIPT = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = """axe.run(document, {runOnly: {type: "tag", values: %s}, resultTypes: ["violations"]})
  .then((found) => found.violations.flatMap((rule) => rule.nodes.map(
    (node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`)))"""


def violations(tab):
    """Return what is wrong with the page in a tab as it is now, one line each."""
    if tab.evaluate("typeof axe") == "undefined":
        # By the debugger, since the page's CSP keeps any script out that is not its own.
        tab.evaluate(SCRIPT.read_text(encoding="utf-8") + "\n;0")
    return tab.evaluate(_RUN % json.dumps(TAGS))
