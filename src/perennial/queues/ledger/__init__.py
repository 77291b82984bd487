"""The ledger: `explanation` says, in pure functions, what a row of it says to a person; `recording` writes rows for an
owner's operations, and `known` reads those that there are. Begin reading with `explanation`.
"""
