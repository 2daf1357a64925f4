"""How tuned models are kept, also by other versions."""

from __future__ import annotations

from dataclasses import replace

from tests.tuned import tuned_model
from wellread.domain.tune.models import ModelStatus
from wellread.wire.stored_form import pack, unpack
from wellread.wire.stored_models import pack_model, unpack_model


def test_what_a_later_version_keeps_besides_is_kept_and_not_minded():
    model = tuned_model()
    later = pack(unpack(pack_model(model)) | {"quantised": "q4", "status": "candidate"})

    assert unpack_model(later) == model
    judged = replace(model, status=ModelStatus.NOT_PROMOTED)
    kept = pack_model(judged, later)
    assert unpack_model(kept) == judged
    assert unpack(kept)["quantised"] == "q4"
