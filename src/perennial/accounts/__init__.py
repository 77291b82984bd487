"""Connected accounts: an owner's account on a platform, and its tokens.

`accounts` connects and disconnects them, `usability` says whether something can be published with one, `refreshing`
keeps tokens good, and `reencrypting` encrypts them with another key. `account_rows` reads accounts as plain rows,
many at once. It may use the packages before it in the list, of which `platforms` and `db` matter most. Begin reading
with `accounts`.
"""
