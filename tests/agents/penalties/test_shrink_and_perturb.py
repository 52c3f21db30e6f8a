import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.agents.penalties.shrink_and_perturb import ShrinkAndPerturb
from recollect.errors import OptionError, RecollectError
from recollect.testing.comparison import difference, through_checkpoint


def test_weights_shrink_at_every_task_but_the_first(line):
    penalty = ShrinkAndPerturb(shrink=0.5, noise=0.0)
    agent = line(penalty, weights=(4.0, -8.0))
    penalty.begin_task(0, None)
    assert agent.weights == [4.0, -8.0]
    penalty.end_task(0, None)
    penalty.begin_task(1, None)
    assert agent.weights == [2.0, -4.0]
    penalty.begin_task(0, None)  # met again: new data
    assert agent.weights == [1.0, -2.0]


def test_the_noise_has_its_standard_deviation_and_seed(line):
    drawn = []
    for seed in (0, 0, 1):
        penalty = ShrinkAndPerturb(shrink=0.0, noise=3.0, every=1, seed=seed)
        agent = line(penalty)
        several = []
        for _ in range(1000):
            penalty.project({}, {})
            several += agent.weights
        drawn.append(several)
    assert drawn[0] == drawn[1] != drawn[2]
    assert np.std(drawn[0]) == pytest.approx(3.0, rel=0.06)
    assert abs(np.mean(drawn[0])) < 0.25


def test_every_so_many_steps_before_the_step(line, points):
    penalty = ShrinkAndPerturb(shrink=0.5, noise=0.0, every=2)
    agent = line(penalty, weights=(1.0, 0.0))
    penalty.begin_task(0, None)
    penalty.begin_task(1, None)
    new = points([[1, 0]], [0])
    agent.step(new)
    assert agent.weights[0] == pytest.approx(0.9)
    agent.step(new)  # halved to 0.45, then the gradient of before, 0.9
    assert agent.weights[0] == pytest.approx(0.45 - 0.09)


def test_tasks_are_needed_only_where_they_say_when():
    assert ShrinkAndPerturb().needs_tasks
    assert not ShrinkAndPerturb(every=5).needs_tasks
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    settings = {"steps_per_task": 2, "evaluate_rows": 4, "announce_tasks": False}
    for options in ({"every": 1}, {}):
        agent = recollect.make_agent("er", stream, penalty="shrink-and-perturb", penalty_options=options, device="cpu")
        if options:
            recollect.run(stream, agent, **settings)
            assert agent.penalty.steps == 4
        else:
            with pytest.raises(RecollectError, match="task"):
                recollect.run(stream, agent, **settings)


def test_resume_goes_on_to_the_bit(line):
    penalty, again = ShrinkAndPerturb(every=2, seed=1), ShrinkAndPerturb(every=2, seed=50)
    first, second = line(penalty), line(again, weights=(9.0, 9.0))
    for _ in range(3):
        penalty.project({}, {})
    assert penalty.nbytes == 0
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    for one in (penalty, again):
        one.project({}, {})
    assert first.weights == second.weights
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("options", [{"shrink": 1.5}, {"noise": -1.0}, {"every": 0}])
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        ShrinkAndPerturb(**options)
