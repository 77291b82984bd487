"""Knowing ahead: the type UpcomingOccurrence, with what stands in its way, and how pages of them are read."""
