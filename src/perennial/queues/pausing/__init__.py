"""Pauses of queues: `pauses` begins one, `ending` ends many, `all_queues` has an owner's pause of all their queues, and
`held` what is done with the clones that wait meanwhile.
"""
