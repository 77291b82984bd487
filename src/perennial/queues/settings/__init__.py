"""What an owner sets of a queue: `checks` has the ranges of single settings, `slots_given` finds the slot that a time
means, and `schedules` decides when a queue runs by its new settings. `notices` are what its owner should know then.
"""
