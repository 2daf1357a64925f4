"""How long the property tests look: `--hypothesis-profile=long` for thirty times as long."""

from __future__ import annotations

import hypothesis

# Without `derandomize`, so that every run tries something else; `--hypothesis-seed` repeats one.
hypothesis.settings.register_profile(
    "long",
    deadline=None,
    derandomize=False,
    database=None,
    max_examples=3000,
    print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
