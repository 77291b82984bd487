"""Queues as they should be: what somebody notes of them who has a calendar and knows the rules by heart."""
