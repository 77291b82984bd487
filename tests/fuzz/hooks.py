"""What schemathesis is taught of Perennial. It loads this itself, in its own Python environment, without Perennial's.

What the server answers is counted and judged here; what fits into a document is in `fitting`.
"""

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from fuzz.fitting import TIMES, Fitter, keep

CODES = {"UNAUTHENTICATED", "NOT_FOUND", "BAD_USER_INPUT", "CONFLICT", "RATE_LIMITED", "BAD_REQUEST"}

outcomes: Counter[str] = Counter()

schemathesis.graphql.scalar("DateTime", TIMES.map(nodes.String))
schemathesis.graphql.scalar("Date", st.dates().map(str).map(nodes.String))


@schemathesis.hook
def before_generate_body(context: Any, strategy: Any) -> Any:
    """Documents with most of their values replaced by such as fit."""
    definition, label = context.operation.definition, context.operation.label
    return st.builds(
        lambda document, random: Fitter(label, definition.raw.type, random).fitted(document), strategy, st.randoms()
    )


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Counts what was answered, and keeps what it names."""
    answer = _read(response)
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    outcomes[f"{case.operation.label} {min(codes, default='OK')}"] += 1
    keep(answer.get("data"))


@schemathesis.check
def no_bug(ctx: Any, response: Any, case: Any) -> None:
    """Whatever is asked for, it is answered, or refused with a code that says whose turn it is."""
    assert response.status_code < 500, f"the status is {response.status_code}"
    for error in _read(response).get("errors", []):
        code = error["extensions"]["code"]
        assert code in CODES, f"{code}: {error['message']}"


def _read(response: Any) -> dict[str, Any]:
    """The answer. Where it is none of GraphQL's, an error that says so, for `no_bug` to find."""
    try:
        answer: dict[str, Any] = json.loads(response.content)
        assert "data" in answer or answer["errors"]
        assert all(isinstance(error["extensions"]["code"], str) for error in answer.get("errors", []))
    except (ValueError, LookupError, TypeError, AssertionError):
        return {"errors": [{"message": str(response.content[:200]), "extensions": {"code": "NO_ANSWER"}}]}
    return answer


@atexit.register
def _report() -> None:
    Path(os.environ["FUZZ_REPORT"]).write_text(json.dumps(outcomes))
