"""Recurrence by the calendar: on which local days a rule has its slots, and at which instants they are.

`rules` reads and judges rules (RFC 5545's RRULE), `rule_words` tells them in words, `zones` finds time zones in the
data that we ship, and `slots` has the arithmetic: the slot after another, the latest that has passed, how many lie
between two. A *slot* is a wall time, without an offset; all slots of a queue have one time of day, so a rule is about
days alone.
"""
