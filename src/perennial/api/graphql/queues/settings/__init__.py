"""The settings of a queue in the schema: `inputs` of createQueue and updateQueue, what `parsing` makes of them, and
`types`, as a queue shows them.
"""
