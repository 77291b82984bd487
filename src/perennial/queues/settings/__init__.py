"""What an owner sets of a queue: `checks` has the ranges of single settings, `slots_given` finds the slot that a time
means, and `schedules` decides when a queue runs by its new settings: `rescheduling` where it goes on, `settling` what
becomes of the occurrences that it had. `notices` are what its owner should know then.
"""
