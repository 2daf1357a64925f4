import pytest

from wellread.domain.ask.checking.leaning import leans


@pytest.mark.parametrize(
    "sentence",
    [
        "It lasts two days.",
        "They are paid in March.",
        "This holds for trainees too.",
        "These forms are in the office.",
        "However, a note is needed.",
        "Otherwise the seat is lost.",
        "The second is for guests.",
        "The latter needs a key.",
        "In that case, call the desk.",
        "After that, the key is void.",
        "Both are free.",
        "On the other hand, cats are free.",
        "As an exception, Mondays are free.",
        "One of them is red.",
        "Second, ask the desk.",
        "Finally, lock the door.",
        "If not, the seat is lost.",
        "Except on Sundays.",
        "“It” is the word.",
        "Dies gilt auch für Gäste.",
        "Allerdings nur im Mai.",
        "Der zweite ist größer.",
    ],
)
def test_what_points_back_leans(sentence: str) -> None:
    assert leans(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Sick leave lasts two days.",
        "The desk opens at nine.",
        "Item 3 is free.",
        "Theory comes first.",
        "In March, leave ends.",
        "After 60 days the key is void.",
        "You can park in yard A.",
        "No, parking costs money.",
        "Der Schreibtisch ist frei.",
        "Thistles grow here.",
        "One of the lamps is red.",
        "Second class is cheaper.",
        "If you are late, the seat is lost.",
    ],
)
def test_what_names_what_it_speaks_of_stands_alone(sentence: str) -> None:
    assert not leans(sentence)
