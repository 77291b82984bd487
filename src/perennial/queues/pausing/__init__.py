"""Pauses of queues: `pauses` begins one, `ended_pauses` ends those whose time has come, and `all_queues` has an owner's
pause of all their queues. `ending` is how both end many, and `held` what is done with the clones that wait meanwhile.
"""
