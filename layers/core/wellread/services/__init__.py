"""Use cases, on ports and domain only: no SDK, no environment, no adapter is imported here."""
