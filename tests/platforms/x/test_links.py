"""Where a text has links, and that finding them takes no more steps than the text has characters."""

from collections.abc import Iterator
from itertools import count

import pytest

from perennial.platforms.x import _links
from perennial.platforms.x._links import links
from perennial.platforms.x._top_level_domains import top_level_domains


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in links(text, count())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x.ai", ["x.ai"]),
        ("see x.ai.", ["x.ai"]),
        ("a.b.c.co.uk/d?e=f#g", ["a.b.c.co.uk/d?e=f#g"]),
        ("foo.com:80 foo.com:80/x foo.com?x=1", ["foo.com", "foo.com:80/x", "foo.com"]),
        ("foo.zip foo.new foo.bz2", ["foo.zip", "foo.new"]),
        ("https://例え.みんな/x", ["https://例え.みんな/x"]),
        ("my_own.example.com", ["own.example.com"]),
        ("a_b.com -a.com _a.com /a.com", []),
        ("http://e.co/a.(b) http://e.co/a(b)", ["http://e.co/a", "http://e.co/a(b)"]),
        ("http://e.co/((a)b)", ["http://e.co/((a)b)"]),
        ("https://" + "a" * 64 + ".com", []),
        ("e.g. this, and i.e. that... 1.5", []),
        ("example.com日本語twitter.com", ["example.com", "twitter.com"]),
        ("éco.jp éco.jp", ["co.jp", "éco.jp"]),  # at the beginning of a text X leaves a letter before a link
        ("", []),
    ],
)
def test_links_are_found(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(("length", "number"), [(4_088, 1), (4_089, 0)])
def test_a_link_is_at_most_4096_characters_with_its_protocol_counted_twice(length: int, number: int) -> None:
    text = "https://example.com/".ljust(length, "a")
    assert len(found(text)) == number


def test_the_top_level_domains_are_those_of_today() -> None:
    assert {"com", "co", "uk", "zip", "ck", "みんな", "рф"} <= top_level_domains()
    assert not {"", "*", "example", "local", "github"} & top_level_domains()


class Looks(Iterator[int]):
    """Counts the places that are looked at."""

    def __init__(self) -> None:
        self.taken = 0

    def __next__(self) -> int:
        self.taken += 1
        return self.taken


@pytest.mark.parametrize(
    "unit", ["a.co ", "a.co.", "_a.co", "@a.co", "日a.co", "x.co/(", "x.co?", "http://a.co", "a.", "a.co日", "é.com-"]
)
def test_twice_the_text_takes_twice_the_looks(unit: str) -> None:
    once, twice = Looks(), Looks()
    links(unit * 200, once)
    links(unit * 400, twice)
    assert twice.taken <= 2 * once.taken
    assert once.taken <= 200


@pytest.mark.parametrize("unit", ["_a.co", "a.co.", "日a_b.co"])
def test_a_host_name_is_read_once_however_many_domains_are_in_it(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    read: list[int] = []
    host_name = _links._host_name

    def counted(text: str, begin: int) -> tuple[int, int]:
        read.append(begin)
        return host_name(text, begin)

    monkeypatch.setattr(_links, "_host_name", counted)
    links(unit * 200, count())
    assert len(read) == 1


def test_no_more_links_are_found_than_there_are_looks() -> None:
    assert len(links("a.co " * 10, iter(range(3)))) == 3
