import numpy as np
import pytest

import recollect
from recollect.errors import OptionError
from recollect.replay.none import NoReplay


def test_it_remembers_nothing():
    memory = NoReplay(10)
    memory.add({"x": np.ones((5, 2))})
    assert memory.sample(3) == {}
    assert len(memory) == memory.nbytes == 0
    assert memory.remembers is False
    assert bool(memory)


def test_its_state_comes_back():
    memory = NoReplay(10, seed=4)
    again = NoReplay(10)
    again.load_state_dict(memory.state_dict())
    assert again.rng.random() == memory.rng.random()


@pytest.mark.parametrize("capacity", [0, -1, True, 2.0])
def test_it_still_asks_for_a_capacity(capacity):
    with pytest.raises(OptionError, match="capacity must be a whole number"):
        NoReplay(capacity)


@pytest.mark.parametrize(("name", "cls"), [("none", "NoReplay"), ("fifo", "Fifo"), ("reservoir", "Reservoir")])
def test_the_package_names_its_strategies(name, cls):
    memory = recollect.make_replay(name, 7, seed=1)
    assert (type(memory).__name__, memory.capacity, len(memory)) == (cls, 7, 0)
