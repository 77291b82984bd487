"""What an owner does with queues; the notebook says what should come of it.

`making` makes, changes and deletes them, `editing` changes their days, `pausing` pauses and resumes one or all,
`steering` skips, moves and restores single occurrences and runs a queue by hand, `replanning` does that and changes the
days, and `foreseeing` asks what comes.
"""

from .foreseeing import ForesightRules
from .making import QueueRules
from .pausing import PauseRules
from .replanning import ReplanningRules

__all__ = ["AllQueueRules"]


class AllQueueRules(QueueRules, PauseRules, ReplanningRules, ForesightRules):
    """All of these."""
