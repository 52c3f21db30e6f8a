import numpy as np

import recollect
from recollect.replay.prioritized import Prioritized


def test_defaults_are_the_papers():
    draw = recollect.make_replay("prioritized", 5).draw
    assert (draw.alpha, draw.beta, draw.beta_draws) == (0.6, 0.4, None)
    assert Prioritized.gives == ("weight",)


def test_options_reach_the_draw_and_the_memory():
    memory = recollect.make_replay("prioritized", 5, alpha=0.7, beta=0.5, beta_draws=9, epsilon=0.1, keep="reservoir")
    draw = memory.draw
    assert (draw.alpha, draw.beta, draw.beta_draws, draw.epsilon) == (0.7, 0.5, 9, 0.1)
    assert type(memory.keep).__name__ == "Reservoir"


def test_it_keeps_the_newest_rows():
    memory = recollect.make_replay("prioritized", 5)
    memory.add({"y": np.arange(12)})
    assert set(memory.sample(100)["y"]) == set(range(7, 12))


def test_another_draw_can_be_asked_for():
    memory = recollect.make_replay("prioritized", 5, draw="uniform")
    memory.add({"y": np.arange(12)})
    assert "weight" not in memory.sample(3)
