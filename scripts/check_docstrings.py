"""Check that each function's docstring begins with an imperative verb that says what the function does.

Ruff's D401 knows the mood, not the meaning: "Give", "Say" and "Tell" pass it and leave open whether a function
returns, prints or stores.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

VAGUE = {
    "give": "Return or Yield",
    "have": "the verb of what happens",
    "judge": "Return whether",
    "let": "the verb of what happens",
    "look": "Check, Find or Read",
    "say": "Return, Print or Log",
    "take": "Acquire, Read or Accept; nothing in __init__",
    "tell": "Return, Print or Report",
}
NOT_VERBS = {
    *("a", "all", "an", "any", "both", "each", "every", "for", "how", "if", "it", "no", "one", "only", "see", "that"),
    *("the", "this", "what", "when", "where", "whether", "which", "who", "why"),
}
IMPERATIVES_IN_ING = {"bring", "ping"}
DIALECT = re.compile(r"\b(?:anew|told|so many|(?:to|of|for|from) who)\b", re.IGNORECASE)
PROPERTIES = {"property", "cached_property", "setter"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def complaint(docstring: str) -> str | None:
    """Return what is wrong with a function's docstring, or None."""
    first = re.split(r"[\s,;:]", docstring, maxsplit=1)[0]
    word = first.lower()
    if word in VAGUE:
        return f"{first!r} is vague: {VAGUE[word]}"
    if word in NOT_VERBS or not first.isalpha():
        return f"{first!r} is no verb"
    if word.endswith("ing") and word not in IMPERATIVES_IN_ING:
        return f"{first!r} is no imperative"
    if word.endswith("s") and not word.endswith(("ss", "us")):
        return f"{first!r} is no imperative"
    if found := DIALECT.search(docstring):
        return f"{found.group()!r} is no English of the trade"
    return None


def complaints(file: Path) -> Iterator[str]:
    """Yield a line for each docstring of a file that has something wrong."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, Function) or _is_property(node):
            continue
        docstring = ast.get_docstring(node)
        if docstring and (problem := complaint(docstring)):
            yield f"{file}:{node.lineno} {node.name}: {problem}"


def _is_property(function: Function) -> bool:
    # A property reads as a noun.
    names = (getattr(decorator, "id", getattr(decorator, "attr", "")) for decorator in function.decorator_list)
    return any(name in PROPERTIES for name in names)


def main(folders: list[str]) -> int:
    """Check the Python files below some folders; return the exit status."""
    files = sorted({file.resolve() for folder in folders for file in Path(folder).rglob("*.py")})
    found = [line for file in files for line in complaints(file.relative_to(Path.cwd()))]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["iot_hub"]))
