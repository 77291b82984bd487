"""A service in this process that is simulated: real parts over a PostgreSQL and a Redis, in a time that is set by us.

`running` puts it together, `far` are its platforms, which note what they published, and `killing` ends its work at a
point of the code.
"""
