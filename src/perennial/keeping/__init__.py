"""What is kept, and for how long; and what one owner has, when that owner leaves.

`pruning` deletes what is older than PERENNIAL_KEEP_DAYS; a worker calls it. `owned` lists the tables whose rows belong
to an owner; `exporting` writes all that an owner has, and `forgetting` deletes it: the commands `perennial export` and
`perennial forget` call them. The package may use those before it in the list. Begin reading with `pruning`.
"""
