"""npm's clients against the server, each in its own language: what `<client>.test.mjs` claims, Node's runner tries."""

import pytest
from support.npm import CLIENTS, Workshop

NAMES = sorted(path.name.removesuffix(".test.mjs") for path in CLIENTS.glob("*.test.mjs"))
RUNNER = ["node", "--test", "--test-reporter=tap", "--test-timeout=30000", "--test-force-exit"]


@pytest.mark.parametrize("name", NAMES)
def test_what_it_claims_is_so(name: str, address: str, workshop: Workshop) -> None:
    claims = str(CLIENTS / f"{name}.test.mjs")
    printed = workshop.run(*RUNNER, claims, ADDRESS=address)
    assert "# pass 0" not in printed
