"""Strawberry extensions around every operation, in the order of `schema.extensions`: `operations` logs it,
`error_codes` says what its errors are, with `outages` and `most_errors`, `document_limits` refuses what is too large,
`known_documents` remembers what is valid, `charging` charges it, and `persisted` keeps documents by their hashes.
"""
