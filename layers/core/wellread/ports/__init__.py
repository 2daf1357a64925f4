"""What wellread needs from the outside, in its own words.

Each port has a suite in `tests/contract` that every adapter passes. Adapters translate the errors
of their technology into `wellread.domain.knowledge.errors`; nothing of an SDK crosses a port.
"""
