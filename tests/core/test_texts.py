"""How an answer is written: as the JSON that any reader takes, whatever it quotes."""

import json

import pytest

from perennial.core.texts import json_text


@pytest.mark.parametrize("text", ["", "Grüße, 世界 🎉", 'a "quote" \\ \n\t\x00\x7f', "\u2028", "half \ud800 a pair"])
def test_what_is_written_reads_the_same(text: str) -> None:
    data = {"data": {"text": text, "number": 2**63 - 1, "none": None, "list": [True, 1.5]}}
    written = json_text(data)
    assert isinstance(written, str)  # on a WebSocket bytes would be a binary frame
    written.encode()
    assert json.loads(written) == data
