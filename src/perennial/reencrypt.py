"""`perennial reencrypt`: encrypts every account's tokens with the first of PERENNIAL_TOKEN_KEYS.

To rotate keys: put the new one first and restart servers and workers, run this, then remove the old one. It may run
while they run, be interrupted and be run again.
"""

import sys

from perennial.accounts.reencrypting import CURRENT, DONE, UNREADABLE, reencrypt
from perennial.core.command_line import print_out
from perennial.core.errors import SettingsError
from perennial.process.commands import run_command, run_on_database
from perennial.settings import Settings


def main() -> None:
    """Re-encrypts all accounts of the configured database and prints counts; exits with 1 if any is unreadable."""
    run_command(_reencrypt)


def _reencrypt(settings: Settings) -> None:
    if not settings.token_keys:
        raise SettingsError("PERENNIAL_TOKEN_KEYS is missing: the first of them is to encrypt")
    keys = [key.get_secret_value() for key in settings.token_keys]
    counts = run_on_database(settings, lambda: reencrypt(keys))
    print_out("\n".join(f"{counts[state]} {state}" for state in (DONE, CURRENT, UNREADABLE)))
    sys.exit(1 if counts[UNREADABLE] else 0)


if __name__ == "__main__":
    main()
