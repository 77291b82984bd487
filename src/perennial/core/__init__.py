"""What every package needs; this package imports no other.

`errors` has a class for everything that can go wrong but on a platform, `platform_errors` those for a platform's
answers, `publication_codes` the codes that a publication can have, and `states` an enum for every state that a row can
have. `clock` is the only module that reads the time; `instants` writes times as text. `ids` makes ids, `texts` writes
JSON and knows texts of which nothing can be seen, `command_line` reads the arguments of commands, `timeouts` limits how
long an awaitable may take, `mending` compares second truths with the first ones, and `fault_points` lets tests kill a
process at a named point. Begin reading with `errors`.
"""
