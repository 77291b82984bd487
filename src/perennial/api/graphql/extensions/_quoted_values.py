"""Takes out of graphql-core's messages the values that they quote, which may be a platform's token, and what only
programmers understand.
"""

import re

from graphql import GraphQLError, GraphQLSyntaxError, Lexer

# What quotes a value, and what stands in its place. test_sentences_of_graphql_core.py tests each of these expressions.
_QUOTED = [
    (re.compile(r"[,;]? found: .*", re.DOTALL | re.IGNORECASE), ""),
    (re.compile(r"(cannot represent[\w -]* value): .*", re.DOTALL), r"\1"),
    (re.compile(r"Value '.*' does not exist", re.DOTALL), "The value does not exist"),
    (re.compile(r", but encountered error 'Exceeds the limit.*", re.DOTALL), ": the number is too long."),
    # And what is no English for people: our own sentence about a time is enough, and None is Python's.
    (re.compile(r"Expected value of type '[^']+', but encountered error '(.*?)'(;.*)?$", re.DOTALL), r"\1."),
    (re.compile(r"not to be None\b"), "not to be null"),
]


def without_values(error: GraphQLError) -> str:
    """The error's message, without the values that it quotes."""
    message = error.message
    if isinstance(error, GraphQLSyntaxError):
        return _without_token(error)
    for quoted, rest in _QUOTED:
        message = quoted.sub(rest, message)
    return message


def _without_token(error: GraphQLSyntaxError) -> str:
    """A syntax error's message, with the token's kind in place of the token that it quotes."""
    if error.source is None or not error.positions:
        return error.message
    try:
        token = Lexer(error.source).read_next_token(*error.positions)
    except GraphQLSyntaxError:  # it is about a character that starts no token
        return error.message
    return error.message.replace(token.desc, token.kind.value)
