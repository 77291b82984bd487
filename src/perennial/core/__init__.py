"""What every package needs and what needs nothing of ours.

`errors` names everything that can go wrong, `states` every state that a row can have, and `clock` is the only place
that reads the time. `ids` makes ids, `json_text` writes JSON, `timeouts` limits how long something may take, and
`fault_points` lets tests kill a process at a named point. This package imports no other. Begin reading with `errors`.
"""
