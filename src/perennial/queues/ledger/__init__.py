"""The ledger: `explanation` says, in pure functions, what a row of it says to a person; `recording` writes rows for an
owner's operations. Begin reading with `explanation`.
"""
