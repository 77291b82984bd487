"""The names that a link's host may end in, as one pattern: every top-level domain of the public suffix list.

A regular expression tries its alternatives one after the other, and there are some 1,400 domains. They are written as a
tree of their letters, so that a name costs as many steps as it has letters, whatever the number of domains.
"""

from collections.abc import Iterable
from importlib import resources
from typing import Any

_LETTER = r"[A-Za-z\x80-\U0010ffff]"
_AFTER = "(?![0-9A-Za-z@+-])"


def top_level_domains() -> frozenset[str]:
    """All top-level domains, in lower case and in their own script: `com`, `みんな`."""
    text = resources.files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text(encoding="utf-8")
    rules = text.partition("===END ICANN DOMAINS===")[0]  # after it come the suffixes of private owners
    lines = (line.split() for line in rules.splitlines())
    return frozenset(line[0].rpartition(".")[2] for line in lines if line and not line[0].startswith("//")) - {"*"}


def pattern(condition: str = "") -> str:
    """Matches a top-level domain as X takes it, whatever its case, or one that is written in Punycode.

    No letter or digit of ASCII follows it, nor `@`, `+` or `-`, as they would in `foo.com-bar` or `foo.com@bar`.
    The condition, a pattern of no width, is looked at only where a domain may begin.
    """
    names = top_level_domains()
    latin = _branches(_tree(name for name in names if name[0].isascii()))
    other = _branches(_tree(name for name in names if not name[0].isascii()))
    begins = "".join(sorted({_cases(name[0]) for name in names if not name[0].isascii()}))
    # Without a look at the first two letters, each dot would be compared with every domain.
    return (
        rf"(?={_LETTER}{_LETTER}){condition}"
        rf"(?:(?=[A-Za-z])(?:{latin}{_AFTER}|[Xx][Nn]--[0-9A-Za-z-]+)|(?=[{begins}]){other}{_AFTER})"
    )


def _tree(names: Iterable[str]) -> dict[str, Any]:
    """The names letter by letter; an empty key marks the end of one."""
    root: dict[str, Any] = {}
    for name in sorted(names):
        node = root
        for letter in name:
            node = node.setdefault(letter, {})
        node[""] = {}
    return root


def _branches(node: dict[str, Any]) -> str:
    """The pattern of all that may follow here, the longest names first."""
    if node.keys() == {""}:
        return ""
    last = "".join(_cases(letter) for letter, below in node.items() if below.keys() == {""})
    longer = [
        f"[{_cases(letter)}]{_branches(below)}" for letter, below in node.items() if letter and below.keys() != {""}
    ]
    found = "|".join([*longer, f"[{last}]"] if last else longer)
    return f"(?:{found})?" if "" in node else f"(?:{found})"


def _cases(letter: str) -> str:
    """The letter in both of its cases."""
    return "".join(sorted({form for form in (letter, letter.upper(), letter.lower()) if len(form) == 1}))
