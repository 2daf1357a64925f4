"""The use cases of fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.bootstrap.once import Lazy, once

if TYPE_CHECKING:
    from wellread.bootstrap.adapters import Adapters
    from wellread.services.tune.tuned_models import TunedModels


class TuneServices(Lazy):
    """Those of `Services`."""

    adapters: Adapters

    @once
    def tuned_models(self) -> TunedModels:
        """Which fine-tuned models there are, and which one answers."""
        from wellread.services.tune.tuned_models import TunedModels

        return TunedModels(self.adapters.models, self.adapters.clock)
