"""What a bound costs is told in the log: a line, and a minute later how many more there were."""

from structlog.testing import capture_logs

from perennial.observe.floods import FLOODS
from perennial.process.connections._tally import count_dropped


def test_a_flood_is_a_line_for_each_bound_and_a_count(dropped) -> None:
    FLOODS.tell()
    with capture_logs() as lines:
        for _ in range(1_000):
            count_dropped("head")
            count_dropped("reader")
        assert [(line["event"], line["bound"]) for line in lines] == [
            ("connections.dropped", "head"),
            ("connections.dropped", "reader"),
        ]
        FLOODS.tell()
    for line, bound in zip(lines[2:], ("head", "reader"), strict=True):
        assert (line["event"], line["of"], line["bound"]) == ("lines.left_out", "connections.dropped", bound)
        assert (line["lines"], line["log_level"]) == (999, "warning")
    assert dropped("head") == dropped("reader") == 1_000
