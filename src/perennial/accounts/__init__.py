"""Connected accounts: an owner's account on a platform, and its tokens.

`accounts` connects and disconnects them, `usability` says whether an account can publish, `refreshing` replaces tokens
that expire or are rejected, `refresh_breakers` stop that where a platform refuses our app, and `reencrypting` encrypts
tokens with another key. `breaker_rows` keeps the breakers, and tells an account that is refused alone. `account_rows`
reads the accounts of many owners at once, `heads` say when an account is next worth a look, `blocking` blocks accounts
that a platform asks to wait, and `following` gives an account the publications that wait for it. It may use the
packages before it in the list, of which `platforms`, `db` and `idempotency` matter most. Begin reading with `accounts`.
"""
