import pytest

from boxoffice.seats import Seats, Show, SoldOut


def test_hold_and_release():
    seats = Seats([Show("a", 3)])
    assert seats.hold("a", "kim", 2) == 1
    with pytest.raises(SoldOut):
        seats.hold("a", "lou", 2)
    seats.release("a", "kim")
    assert seats.hold("a", "lou", 3) == 0
