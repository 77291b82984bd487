"""The closed list of the codes of publications: what an `errorCode` says of one that failed, is in doubt or waits."""

# Those that more than one module needs. Some are reasons of the ledger too; OUTCOME_UNKNOWN is one of UNAVAILABLE's.
ACCOUNT_MISSING = "ACCOUNT_MISSING"
DUPLICATE_CONTENT = "DUPLICATE_CONTENT"
EXPIRED = "EXPIRED"
OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
RATE_LIMITED = "RATE_LIMITED"
RECONNECT_REQUIRED = "RECONNECT_REQUIRED"
REFRESH_FAILED = "REFRESH_FAILED"
SUPERSEDED = "SUPERSEDED"

# docs/errors.md explains each, and the metrics have a series for each from the start.
PUBLICATION_CODES = (
    ACCOUNT_MISSING,
    "CREDITS_DEPLETED",
    "DISCONNECTING",
    DUPLICATE_CONTENT,
    EXPIRED,
    OUTCOME_UNKNOWN,
    "PERMISSION_DENIED",
    RATE_LIMITED,
    RECONNECT_REQUIRED,
    "REFRESHING",
    REFRESH_FAILED,
    "REFUSED",
    SUPERSEDED,
    "TEXT_TOO_LONG",
    "TOKEN_NOT_READY",
    "TOKEN_UNREADABLE",
    "UNREACHABLE",
    "VERSION_RETIRED",
)
