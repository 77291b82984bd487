"""Why occurrences did not run, and why queues are paused or completed: each reason once.

The ledger has the former, which `ledger/explanation.py` says in words; a queue's `status_reason` is one of the latter.
"""

from perennial.core.publication_codes import ACCOUNT_MISSING, DUPLICATE_CONTENT, RECONNECT_REQUIRED

# Of occurrences alone.
MISSED = "MISSED"
PAUSED = "PAUSED"
SCHEDULE_CHANGED = "SCHEDULE_CHANGED"
EXCLUDED_DATE = "EXCLUDED_DATE"
SKIPPED_BY_OWNER = "SKIPPED_BY_OWNER"
INTERNAL_ERROR = "INTERNAL_ERROR"  # a colon and the type of the error follow
# Of occurrences, and of queues that are paused or completed, as DUPLICATE_CONTENT is too.
RESTORED = "RESTORED"
REPEATED_FAILURES = "REPEATED_FAILURES"
ORIGINAL_POST_DELETED = "ORIGINAL_POST_DELETED"
MAX_EXECUTIONS_REACHED = "MAX_EXECUTIONS_REACHED"
# Of queues alone.
ENDED = "ENDED"
PAUSED_WITH_ALL = "PAUSED_WITH_ALL"

# A row of one of these stands for `missed_count` occurrences; of any other for one, and `missed_count` earlier ones.
OF_SEVERAL = (
    MISSED,
    PAUSED,
    SCHEDULE_CHANGED,
    EXCLUDED_DATE,
    SKIPPED_BY_OWNER,
    MAX_EXECUTIONS_REACHED,
    RESTORED,
)
# All of occurrences but INTERNAL_ERROR. Those about accounts may name platforms: ACCOUNT_MISSING:X.
OF_OCCURRENCES = (
    *OF_SEVERAL,
    ORIGINAL_POST_DELETED,
    ACCOUNT_MISSING,
    RECONNECT_REQUIRED,
    REPEATED_FAILURES,
    DUPLICATE_CONTENT,
)
