from __future__ import annotations

import pytest

from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.costs import read_prices


def test_a_cost_is_hours_at_the_price_of_the_instance() -> None:
    prices = read_prices(" ml.g5.xlarge=1.41 , ml.g5.2xlarge = 1.52,")
    cost = prices.of("ml.g5.2xlarge", 5400)
    assert cost.dollars == pytest.approx(2.28)
    assert cost.as_words() == "1.50 hours, 2.28 dollars"


def test_without_a_price_only_the_time_is_known() -> None:
    cost = read_prices("").of("ml.g5.2xlarge", 1800)
    assert cost.dollars is None
    assert cost.as_words() == "0.50 hours"


@pytest.mark.parametrize("text", ["ml.g5.xlarge", "=1", "ml.g5.xlarge=cheap", "a=-1", "a=nan"])
def test_a_price_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidConfigurationError, match=r"ml\.g5\.2xlarge=1\.52"):
        read_prices(text)
