"""Perennial republishes people's best posts on a schedule.

The packages are listed from the ground up in tests/test_layout.py: each imports from those before it only. `serving`,
`migrate` and `reencrypt` are the commands, which put them together. Begin reading with docs/architecture.md.
"""
