"""The mutations that steer queues: single occurrences, a run by hand, and pauses of all queues. It imports `queues`."""
