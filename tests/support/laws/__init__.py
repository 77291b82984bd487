"""What the laws are tried on: the real objects over a real database, a far platform, a clock, and a notebook that knows
what should have become of everything.
"""

import pytest

PARTS = (
    *("account_rules", "answers", "claiming", "noted", "post_rules", "queues", "scene", "sending", "standing"),
    *("standing_accounts", "ticking", "waiting", "worker_rules"),
)

# Of the laws that are broken we want to read what they saw.
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in PARTS))
