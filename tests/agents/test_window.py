import numpy as np
import pytest
import torch
from gymnasium.spaces import Discrete
from tianshou.algorithm import DQN, algorithm_base
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Batch
from tianshou.data.buffer import manager
from tianshou.utils.torch_utils import policy_within_training_step

import recollect
from recollect.agents.policies import Valued
from recollect.agents.window import ReplayWindow
from recollect.core import ReplayStrategy
from recollect.errors import OptionError, SchemaError
from recollect.nets.control import HeadedMLP


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch):
    """What tianshou compiles, as Python: compiling takes longer than all tests here."""
    for module, name in ((algorithm_base, "_nstep_return"), (manager, "_next_index")):
        monkeypatch.setattr(module, name, getattr(module, name).py_func)


class Inventor(ReplayStrategy):
    """Gives rows that nobody has lived, and keeps nothing but their number."""

    def __init__(self, capacity=9):
        super().__init__(capacity)
        self.met = 0

    def add(self, rows):
        self.met += len(rows["obs"])

    def __len__(self):
        return self.met

    def sample(self, n, like=None):
        obs, ends = np.float32(self.rng.normal(size=(n, 3))), np.arange(n) % 2 == 0
        rew = np.arange(n, dtype=np.float32)
        rows = {"obs": obs, "act": np.arange(n) % 2, "rew": rew, "obs_next": obs + 1, "terminated": ends}
        return rows | {"index": np.full(n, -1)}


def step_of(count, at=0, terminated=False, truncated=False, obs=None):
    obs = np.full((count, 3), at, np.float32) if obs is None else obs
    return Batch(
        obs=obs, act=np.arange(count), rew=np.full(count, float(at)), terminated=np.full(count, terminated),
        truncated=np.full(count, truncated), obs_next=obs, info=Batch(),
    )  # fmt: skip


def q_learning(n_step=1):
    torch.manual_seed(0)
    policy = Valued(model=TakesArrays(3, 2, (8,)), action_space=Discrete(2))
    return DQN(policy=policy, optim=AdamOptimizerFactory(lr=1e-2), target_update_freq=5, gamma=0.9)


class TakesArrays(HeadedMLP):
    def forward(self, obs, state=None, info=None):
        return super().forward(torch.as_tensor(np.asarray(obs)), state)


def test_every_lived_row_enters_the_strategy_once():
    strategy = recollect.make_replay("fifo", 100)
    window = ReplayWindow(strategy, num_envs=3, lived=10)
    for at in range(20):
        index, *_ = window.add(step_of(3, at))
        assert len(index) == 3
    window.add(step_of(1, 99), buffer_ids=[1])
    assert len(strategy) == len(window) == 61
    assert sorted(set(strategy.contents()["rew"].tolist())) == [*range(20), 99]


def test_a_sample_is_what_the_strategy_gives_each_an_episode_of_one_step():
    strategy = recollect.make_replay("fifo", 100)
    window = ReplayWindow(strategy, num_envs=2, lived=50, sampled=16)
    for at in range(10):
        window.add(step_of(2, at, terminated=at == 4, truncated=at == 7))
    batch, indices = window.sample(16)
    np.testing.assert_array_equal(batch.obs[:, 0], batch.rew)
    np.testing.assert_array_equal(batch.terminated, batch.rew == 4)
    np.testing.assert_array_equal(window.next(indices), indices)
    assert batch.done.all()
    assert not set(window.unfinished_index()) & set(indices)
    assert len(set(indices)) == 16


def test_invented_rows_look_like_stored_ones_and_targets_are_exact():
    algorithm, window = q_learning(), ReplayWindow(Inventor(), sampled=8)
    batch, indices = window.sample(8)
    batch = algorithm._preprocess_batch(batch, window, indices)
    with torch.no_grad():
        ahead = algorithm.policy.model(batch.obs_next)[0].amax(1).numpy()  # the target is a copy of it still
    np.testing.assert_allclose(batch.returns.flatten(), batch.rew + 0.9 * ahead * ~batch.terminated, rtol=1e-5)


@pytest.mark.parametrize("replay", ["fifo", "prioritized"])
def test_tianshous_own_update_learns_from_it_and_tells_the_strategy(replay, monkeypatch):
    strategy, heard = recollect.make_replay(replay, 100), []
    monkeypatch.setattr(strategy, "feedback", lambda index, **signals: heard.append((index, signals)))
    window, algorithm = ReplayWindow(strategy, num_envs=2), q_learning()
    for at in range(10):
        window.add(step_of(2, at))
    before = [weight.clone() for weight in algorithm.policy.parameters()]
    with policy_within_training_step(algorithm.policy):
        algorithm.update(buffer=window, sample_size=6)
    assert not all(map(torch.equal, before, algorithm.policy.parameters()))
    assert len(heard) == (replay == "prioritized")
    for index, signals in heard:
        assert index.shape == signals["priority"].shape == (6,)
        assert (signals["priority"] >= 0).all()


def test_dict_observations_are_leaves_in_the_strategy_and_dictionaries_again():
    strategy = recollect.make_replay("fifo", 10)
    window = ReplayWindow(strategy, lived=5, sampled=4)
    inner = {"place": np.float32([[1, 2]]), "more": {"time": np.float32([[3]])}}
    step = step_of(1)
    step.obs = step.obs_next = Batch(inner)
    window.add(step)
    assert strategy.contents()["obs/more/time"].tolist() == [[3]]
    batch, _ = window.sample(2)
    assert batch.obs.more.time.tolist() == [[3], [3]]
    assert batch.obs_next.place.tolist() == [[1, 2], [1, 2]]


def test_all_rows_in_order_are_refused():
    window = ReplayWindow(recollect.make_replay("fifo", 10))
    window.add(step_of(1))
    for wanted in (0, None):
        with pytest.raises(SchemaError, match="algorithms on policy"):
            window.sample(wanted)
    assert window.sample_indices(0).tolist() == [0]  # what tianshou's trainer looks at


def test_sizes_are_checked():
    strategy = recollect.make_replay("fifo", 10)
    with pytest.raises(OptionError, match="at least 1, got 1, 0, 4096"):
        ReplayWindow(strategy, lived=0)
    window = ReplayWindow(strategy, sampled=4)
    window.add(step_of(1))
    with pytest.raises(OptionError, match="room for 4 rows, got 5: pass sampled=5"):
        window.sample(5)


def test_rows_that_are_no_transitions_are_refused():
    strategy = recollect.make_replay("fifo", 10)
    strategy.add({"x": np.ones((3, 2))})
    with pytest.raises(SchemaError, match="no field 'obs', it has x"):
        ReplayWindow(strategy).sample(2)
