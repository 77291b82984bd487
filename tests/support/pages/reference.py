"""What docs/api.md says of each operation, from schema.graphql. `python -m support.pages.reference` writes it anew.

An operation's block stands between `<!-- operation createPost -->` and `<!-- end -->`, wherever the page has these two
lines, and a table of all topics with their operations between `<!-- topics -->` and `<!-- end -->`.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_introspection_type,
    is_list_type,
    print_ast,
)

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "api.md"
SCHEMA: GraphQLSchema = build_schema((ROOT / "schema.graphql").read_text())
WIDTH = 118

_BLOCK = re.compile(r"^<!-- (topics|operation (?P<name>\w+)) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)


class Given(NamedTuple):
    """An argument, or a field of an input: its name on the page, its type with its default, and its description.

    `values` are those of its enum, if it is of one.
    """

    name: str
    type: str
    description: str
    values: tuple[str, ...] = ()


def operations() -> dict[str, str]:
    """All operations of the schema, in its order, each with what it is: a query, a mutation or a subscription."""
    roots = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type, "subscription": SCHEMA.subscription_type}
    return {name: kind for kind, root in roots.items() if root for name in root.fields}


def written(page: str) -> str:
    """The page with all blocks as the schema has them. Raises KeyError for an operation that the schema lacks."""
    topics = _topics(page)
    return _BLOCK.sub(lambda block: _framed(block[1], _block(block["name"]) if block["name"] else topics), page)


def placed(page: str) -> list[str]:
    """The operations that have a block on the page, in its order."""
    return [block["name"] for block in _BLOCK.finditer(page) if block["name"]]


def without_blocks(page: str) -> str:
    """What a person wrote of the page. Each operation's heading stays, as a line `### name`."""
    return _BLOCK.sub(lambda block: f"### {block['name']}" if block["name"] else "", page)


def _framed(name: str, text: str) -> str:
    return f"<!-- {name} -->\n{text}\n<!-- end -->"


def _topics(page: str) -> str:
    rows = []
    for heading, text in re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", page, re.MULTILINE):
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        links = ", ".join(f"[`{name}`](#{name.lower()})" for name in placed(text))
        rows.append(f"| [{heading}](#{anchor}) | {links} |")
    return "\n".join(["| topic | its operations |", "|---|---|", *rows])


def _block(name: str) -> str:
    kind = operations()[name]
    field = _field(kind, name)
    words, _, errors = (field.description or "").partition("Errors: ")
    parts = [f"### `{name}`", _paragraph(f"*{kind.capitalize()}.* {words}"), *_takes(field)]
    parts.append(_paragraph(_answer(kind, field)))
    if errors:
        parts.append(_paragraph(f"**Errors:** {errors}"))
    return "\n\n".join(parts)


def _paragraph(text: str) -> str:
    return textwrap.fill(_coded(text).strip(), WIDTH, break_long_words=False, break_on_hyphens=False)


def _coded(text: str) -> str:
    """The text with the values of enums as code, as a page has them, where a description has them bare."""
    return "`".join(VALUES.sub(r"`\1`", part) if index % 2 == 0 else part for index, part in enumerate(text.split("`")))


def _takes(field: GraphQLField) -> list[str]:
    """A table of what the operation takes; a sentence, if that is one thing; nothing, if it takes nothing."""
    takes_input, given = list(field.args) == ["input"], list(_given(field))
    if len(given) == 1:
        only = f"{given[0].name}: {given[0].type}"
        return [_paragraph(f"**Takes** `{f'input: {{{only}}}' if takes_input else only}`: {_as_apposition(given[0])}.")]
    where = "in `input`" if takes_input else "argument"
    rows = [f"| `{one.name}: {one.type}` | {_meaning(one)} |" for one in given]
    return ["\n".join([f"| {where} | |", "|---|---|", *rows])] if rows else []


def _given(field: GraphQLField) -> Iterator[Given]:
    """What the operation takes: its arguments, or what its `input` has, and what is in that."""
    if list(field.args) == ["input"]:
        yield from _inside(field.args["input"].type, "")
    else:
        for name, argument in field.args.items():
            yield _one(name, argument)


def _inside(kind: Any, path: str) -> Iterator[Given]:
    for name, field in get_named_type(kind).fields.items():
        yield _one(f"{path}{name}", field)
        if is_input_object_type(get_named_type(field.type)):
            is_list = is_list_type(get_nullable_type(field.type))
            yield from _inside(field.type, f"{path}{name}{'[]' if is_list else ''}.")


def _one(name: str, one: Any) -> Given:
    default, kind = one.ast_node.default_value, get_named_type(one.type)
    typed = f"{one.type} = {print_ast(default)}" if default else str(one.type)
    return Given(name, typed, one.description or "", tuple(kind.values) if is_enum_type(kind) else ())


def _shared() -> set[str]:
    """The descriptions that stand at several arguments, or at fields of several inputs."""
    inputs = [kind for kind in SCHEMA.type_map.values() if is_input_object_type(kind)]
    arguments = [one for name, kind in operations().items() for one in _field(kind, name).args.values()]
    fields = [one for kind in inputs for one in kind.fields.values()]
    return {words for words, count in Counter(one.description for one in arguments + fields).items() if count > 1}


def _field(kind: str, name: str) -> GraphQLField:
    return getattr(SCHEMA, f"{kind}_type").fields[name]


def _values() -> set[str]:
    return {
        one
        for kind in SCHEMA.type_map.values()
        if is_enum_type(kind) and not is_introspection_type(kind)
        for one in kind.values
        if len(one) > 1
    }


SHARED = _shared()
VALUES = re.compile(rf"\b({'|'.join(sorted(_values(), reverse=True))})\b")


def _meaning(one: Given) -> str:
    """The description, and the values of an enum. Of what several operations share there is only the first sentence."""
    words = re.split(r"(?<=\.) ", one.description)[0] if one.description in SHARED else one.description
    values = f" ({', '.join(f'`{value}`' for value in one.values)})" if one.values else ""
    return f"{_coded(words)}{values}".replace("|", "\\|")


def _answer(kind: str, field: GraphQLField) -> str:
    if kind != "mutation":
        return f"**{'Sends' if kind == 'subscription' else 'Answers'}** `{field.type}`."
    fields = get_named_type(field.type).fields
    things = [f"`{name}: {one.type}`, {_as_apposition(one)}" for name, one in fields.items() if name != "warnings"]
    return f"**Answers** {'; '.join(things)}; and `warnings`."


def _as_apposition(field: GraphQLField | Given) -> str:
    words = (field.description or "").rstrip(".")
    return words[:1].lower() + words[1:]


def main() -> None:
    """Writes docs/api.md anew."""
    PAGE.write_text(written(PAGE.read_text()))


if __name__ == "__main__":
    main()
