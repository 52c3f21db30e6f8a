import gymnasium
import numpy as np
import pytest
import torch
from stable_baselines3 import DQN, SAC

import recollect
from recollect.agents.sb3 import StrategyBuffer, buffer_class
from recollect.errors import SchemaError


def made(replay="fifo", env="Pendulum-v1", n_envs=1, **options):
    strategy, made_env = recollect.make_replay(replay, 100, **options), gymnasium.make(env)
    spaces = made_env.observation_space, made_env.action_space
    return strategy, buffer_class(strategy)(1, *spaces, "cpu", n_envs)


def step(buffer, at, done=False, cut=False):
    obs, count = np.full((buffer.n_envs, 3), at, np.float32), buffer.n_envs
    info = [{"TimeLimit.truncated": cut}] * count
    buffer.add(obs, obs + 1, np.full((count, 1), 0.5), np.full(count, at), np.full(count, done), info)


def test_every_lived_row_enters_once_and_time_limits_are_no_ends():
    strategy, buffer = made(n_envs=2)
    for at, ends in enumerate([(False, False), (True, False), (True, True)]):
        step(buffer, at, *ends)
    rows = strategy.contents()
    assert len(strategy) == buffer.size() == 6
    assert rows["terminated"].tolist() == [False, False, True, True, False, False]
    assert rows["truncated"].tolist() == [False] * 4 + [True] * 2
    np.testing.assert_array_equal(rows["obs_next"], rows["obs"] + 1)


def test_samples_are_tensors_of_the_strategys_rows():
    _, buffer = made("reservoir")
    for at in range(5):
        step(buffer, at, done=at == 3)
    drawn = buffer.sample(64)
    assert drawn.discounts is None
    assert drawn.dones.shape == drawn.rewards.shape == (64, 1)
    assert torch.equal(drawn.dones, (drawn.rewards == 3).float())
    assert torch.equal(drawn.observations[:, :1], drawn.rewards)
    buffer.reset()
    assert buffer.size() == 5


def test_joined_rows_bring_their_discount():
    _, buffer = made(n_step=3, gamma=0.9)
    buffer.n_envs = 1
    for at in range(6):
        obs = np.full((1, 3), at, np.float32)
        buffer.add(obs, obs + 1, np.zeros((1, 1)), np.ones(1), np.zeros(1, bool), [{}])
    drawn = buffer.sample(4)
    np.testing.assert_allclose(drawn.discounts, 0.9**3, rtol=1e-6)
    np.testing.assert_allclose(drawn.rewards, 1 + 0.9 + 0.81, rtol=1e-6)


@pytest.mark.parametrize(("model", "env"), [(SAC, "Pendulum-v1"), (DQN, "CartPole-v1")])
def test_a_plain_program_learns_over_it(model, env):
    strategy = recollect.make_replay("reservoir", 30)
    agent = model(
        "MlpPolicy", env, replay_buffer_class=buffer_class(strategy), learning_starts=20, batch_size=8, seed=0,
        policy_kwargs={"net_arch": [8]}, train_freq=1, device="cpu",
    )  # fmt: skip
    before = [weight.clone() for weight in agent.policy.parameters()]
    agent.learn(40)
    assert isinstance(agent.replay_buffer, StrategyBuffer)
    assert strategy.offered == 40
    assert len(strategy) == 30
    assert not all(map(torch.equal, before, agent.policy.parameters()))


def test_what_it_cannot_do_is_refused():
    with pytest.raises(SchemaError, match="does not tell: take fifo"):
        buffer_class(recollect.make_replay("prioritized", 10))
    kind = buffer_class(recollect.make_replay("fifo", 10))
    with pytest.raises(SchemaError, match="no options of ReplayBuffer"):
        kind(1, gymnasium.spaces.Box(-1, 1, (1,)), gymnasium.spaces.Discrete(2), optimize_memory_usage=True)
    with pytest.raises(SchemaError, match="flatten them"):
        kind(1, gymnasium.spaces.Dict(a=gymnasium.spaces.Discrete(2)), gymnasium.spaces.Discrete(2))
