"""What the laws are tried on: the real objects over a real database, a far platform, a clock, and a notebook that knows
what should have become of everything.
"""
