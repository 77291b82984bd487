"""How large a document is, with each fragment counted once."""

import pytest
from graphql import parse

from perennial.api.limits.measures import DocumentMeasures


@pytest.mark.parametrize(
    ("document", "depth"),
    [
        ("{ a }", 1),
        ("{ a { b } c }", 2),
        ("{ ...A } fragment A on Q { a { b } }", 2),
        ("{ a { ...A } } fragment A on Q { b { ...B } } fragment B on Q { c }", 3),
        ("{ a { ... on T { b } } }", 2),
        ("{ a { ... @skip(if: true) { b { c } } } }", 3),
        ("{ ...A } fragment A on Q { a { ...A } }", 1),
        ("{ ...A } fragment A on Q { a { ...B } } fragment B on Q { b { ...A } }", 2),
        ("{ ...Missing }", 0),
        ("query A { a } query B { a { b { c } } }", 3),
        ("fragment A on Q { a { b } }", 0),
        ("{ __schema { types { name } } }", 3),
    ],
)
def test_depth_counts_fields_below_each_other(document: str, depth: int) -> None:
    assert DocumentMeasures(parse(document)).depth == depth


def test_aliases_and_directives_are_counted_once_wherever_a_fragment_is_spread() -> None:
    found = DocumentMeasures(
        parse(
            """query ($x: Int @d) @d { one: a two: a ...A ...A b { ...A @d } }
            fragment A on Q @d { three: a @d }"""
        )
    )
    assert (found.aliases, found.directives, found.fragments) == (3, 5, 1)


@pytest.mark.parametrize(
    ("document", "introspects"),
    [
        ("{ __typename }", False),
        ("{ __schema { queryType { name } } }", True),
        ('{ it: __type(name: "A") { name } }', True),
        ("{ ...A } fragment A on Query { __schema { queryType { name } } }", True),
        ("{ ... { __schema { queryType { name } } } }", True),
    ],
)
def test_introspection_is_found_wherever_it_hides(document: str, introspects: bool) -> None:
    assert DocumentMeasures(parse(document)).introspects is introspects


def test_fragments_that_spread_each_other_twice_are_counted_in_no_time() -> None:
    """Expanded, these would be four million fields."""
    chain = "".join(f"fragment F{n} on Query {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(22))
    found = DocumentMeasures(parse("{ ...F0 }" + chain + "fragment F22 on Query { x: a }"))
    assert (found.depth, found.aliases, found.fragments) == (23, 1, 23)
