import gymnasium
import numpy as np
import pytest
import torch
from control_learners import make, names, rows_for, stream_of, taught
from gymnasium.spaces import Box, Dict, Discrete, Text

import recollect
from recollect.agents.tianshou import buffer
from recollect.agents.window import ReplayWindow
from recollect.errors import OptionError, SchemaError
from recollect.randomness import random_states
from recollect.registry import registry
from recollect.testing.agent_checks import whole_state
from recollect.testing.comparison import difference, through_checkpoint

EVERY = names()


def test_the_buffer_is_a_window_on_the_strategy():
    strategy = recollect.make_replay("fifo", 10)
    made = buffer(strategy, num_envs=3, sampled=7)
    assert isinstance(made, ReplayWindow)
    assert (made.strategy, made.num_envs, made.sampled) == (strategy, 3, 7)


@pytest.mark.parametrize("name", EVERY)
def test_learning_moves_every_trained_network_and_no_global_state(name):
    agent = taught(name, steps=1)
    before = {key: value.detach().clone() for key, value in agent.algorithm.named_parameters()}
    states = random_states()
    for step in range(1, 24):
        agent.learn(rows_for(agent, 8, step))
    assert difference(states, random_states()) == ""
    for key, value in agent.algorithm.named_parameters():
        fixed = key.startswith("alpha.") and not value.requires_grad
        assert fixed or not torch.equal(value, before[key]), key  # targets too: they follow
    assert agent.updates == 23 + (agent.memory != "required")


@pytest.mark.parametrize("name", EVERY)
def test_a_resumed_agent_is_the_same_to_the_bit(name):
    first, second = taught(name, "prioritized", 5), make(name, "prioritized", seed=9)
    for part in ("state_dict", "replay.state_dict"):
        owner = (first, second) if part == "state_dict" else (first.replay, second.replay)
        owner[1].load_state_dict(through_checkpoint(owner[0].state_dict()))
    for agent in (first, second):
        agent.learn(rows_for(agent, 8, 77))
        agent.chosen = agent.act(rows_for(agent, 4)["obs"], explore=True).tolist()
    assert difference(whole_state(first), whole_state(second)) == ""
    assert first.updates == 6 - (first.memory == "required")


@pytest.mark.parametrize("name", EVERY)
def test_td_errors_are_the_priorities_of_replayed_rows(name, monkeypatch):
    agent, heard = taught(name, "prioritized"), []
    monkeypatch.setattr(agent.replay, "feedback", lambda index, **signals: heard.append((index, signals)))
    replayed = agent.replay.sample(5)
    agent.update({} if agent.replay_batch else rows_for(agent, 3), replayed)
    ((index, signals),) = heard
    np.testing.assert_array_equal(index, replayed["index"])
    assert signals["priority"].shape == (5,)
    assert (signals["priority"] >= 0).all()


@pytest.mark.parametrize("name", EVERY)
def test_weights_of_rows_count(name):
    losses = []
    for weight in (1.0, 2.0):
        agent = make(name)
        replayed = rows_for(agent, 6) | {"weight": np.full(6, weight, np.float32)}
        losses.append(agent.update({}, replayed))
    key = "loss" if "loss" in losses[0] else "loss_critic"
    assert losses[1][key] > losses[0][key]


@pytest.mark.parametrize("name", EVERY)
def test_targets_bootstrap_where_truncated_and_not_where_terminated(name):
    agent = make(name)
    rows = rows_for(agent, 3)
    rows["truncated"] = np.array([False, True, False])
    batch = agent.batch(rows)
    returns = agent.algorithm.returns(batch).numpy()
    with torch.no_grad():
        ahead = agent.algorithm.values_ahead(type(batch)(obs=batch.obs_next)).flatten().numpy()
    np.testing.assert_allclose(returns, rows["rew"] + 0.99 * ahead * [1, 1, 0], rtol=1e-5)
    assert abs(ahead).min() > 0


@pytest.mark.parametrize("name", EVERY)
def test_rows_joined_by_the_memory_are_discounted_by_its_steps(name):
    agent = make(name, replay_options={"n_step": 3, "gamma": 0.9}, gamma=0.9)
    assert agent.algorithm.gamma == pytest.approx(0.9**3)
    with pytest.raises(OptionError, match="discounts the rewards it joins by 0.9, the agent by 0.99"):
        make(name, replay_options={"n_step": 3, "gamma": 0.9})


@pytest.mark.parametrize("name", EVERY)
def test_longer_returns_are_refused_with_what_to_do(name):
    with pytest.raises(OptionError, match=r"no neighbours.*replay_options=\{'n_step': 3"):
        make(name, n_step=3)


@pytest.mark.parametrize("task_head", ["one-hot", "heads"])
@pytest.mark.parametrize("name", EVERY)
def test_networks_know_the_task_where_they_are_to(name, task_head):
    agent = taught(name, task_head=task_head)
    assert agent.needs_tasks
    rows = rows_for(agent, 1, task=0)
    first, second = (agent.logits(rows | {"task": np.array([task])}) for task in (0, 1))
    assert not torch.allclose(first, second)
    assert agent.act(rows["obs"], task=np.array([1])).shape == (1, *agent.action_space.shape)
    with pytest.raises(SchemaError, match="needs to know the task"):
        agent.act(rows["obs"], task=None)


@pytest.mark.parametrize("name", EVERY)
def test_heads_of_other_tasks_stay(name):
    agent = taught(name, task_head="heads")
    body = agent.algorithm.policy.actor if hasattr(agent.algorithm.policy, "actor") else agent.algorithm.policy.model
    agent.learn(rows_for(agent, 8, 5))
    half = len(body.head.weight) // 2
    assert not body.head.weight.grad[half:].any()
    assert body.head.weight.grad[:half].any()


def test_actions_are_scaled_to_their_bounds_and_back():
    agent = make("sac")  # actions in [-1, 3]
    act = agent.to_actions(np.array([[-1.0], [0.0], [1.0]]))
    np.testing.assert_array_equal(act, np.float32([[-1], [1], [3]]))
    assert act.dtype == np.float32
    np.testing.assert_array_equal(agent.from_actions(act), [[-1], [0], [1]])


def test_discrete_actions_count_from_the_start_of_their_space():
    stream = stream_of("dqn")
    stream.action_space = Discrete(2, start=3)
    agent = registry.resolve("agent", "dqn")(stream, recollect.make_replay("fifo", 9))
    assert set(agent.act(np.zeros((50, 5), np.float32), explore=True)) == {3, 4}
    assert agent.from_actions(np.array([3, 4])).tolist() == [0, 1]


def test_exploring_actions_are_uniform_until_something_is_learnt():
    agent, obs = make("sac"), np.zeros((400, 2), np.float32)
    drawn = agent.act(obs, explore=True)
    assert drawn.min() < -0.9
    assert drawn.max() > 2.9
    assert abs(drawn.mean() - 1) < 0.2
    assert len(np.unique(agent.act(obs))) == 1


@pytest.mark.parametrize(
    ("name", "spaces", "reason"),
    [
        ("sac", {"action_space": Discrete(2)}, "continuous actions"),
        ("dqn", {"action_space": Box(-1, 1, (1,))}, "discrete actions"),
        ("sac", {"action_space": Box(-np.inf, np.inf, (1,))}, "scales actions to the bounds"),
        ("sac", {"observation_space": Dict({"a": Text(3)})}, "obs/a is Text"),
    ],
)
def test_what_it_cannot_learn_is_refused_with_the_reason(name, spaces, reason):
    stream = gymnasium.Wrapper(stream_of(name))
    for role, space in spaces.items():
        setattr(stream, role, space)
    assert reason in registry.resolve("agent", name).accepts(stream)


@pytest.mark.parametrize(("name", "count"), [("td3", 0), ("sac", 0)])
def test_no_rows_make_no_step(name, count):
    assert make(name).update(rows_for(make(name), 3), {}) == {}


@pytest.mark.parametrize("options", [{"gamma": 1.5}, {"hidden": (0,)}, {"lr": 0.0}, {"tau": -1.0}])
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        make("sac", **options)


def test_penalties_see_all_weights_but_no_target_and_no_temperature():
    def seen(restrained):
        agent = make("sac", restrained=restrained)
        return {name for name, one in agent.named_parameters() if one.requires_grad}

    every, actor = seen("all"), seen("actor")
    assert actor < every
    assert all(".policy." in name for name in actor)
    assert any(".critic2." in name for name in every)
    assert not any("old" in name or "alpha" in name for name in every)


def restrained(name, penalty, **options):
    """An agent that has learnt two tasks under a penalty."""
    agent = taught(name, penalty=penalty, **options)
    agent.penalty.end_task(0, None)
    agent.penalty.begin_task(1, None)
    for step in range(3):
        agent.learn(rows_for(agent, 8, step + 5, task=1))
    return agent


@pytest.mark.parametrize("penalty", ["ewc", "online-ewc", "si", "mas", "l2", "l2-init"])
@pytest.mark.parametrize("name", EVERY)
def test_importances_hold_the_weights_of_an_old_task(name, penalty):
    agent = restrained(name, penalty)
    loss = agent.penalty.loss(rows_for(agent, 4), {})
    assert torch.isfinite(loss)
    assert loss > 0 or penalty == "si"  # si cuts importances at 0
    slopes = torch.autograd.grad(loss, [one for _, one in agent.named_parameters() if one.requires_grad])
    assert penalty == "si" or any(slope.any() for slope in slopes)


@pytest.mark.parametrize("penalty", ["redo", "continual-backprop"])
@pytest.mark.parametrize("name", EVERY)
def test_units_of_its_networks_are_renewed(name, penalty):
    options = {"redo": {"every": 1, "threshold": 10.0}, "continual-backprop": {"rate": 0.5, "maturity": 1}}[penalty]
    agent = restrained(name, penalty, penalty_options=options)
    assert agent.penalty.renewed > 0
    assert all(layer.incoming.weight.requires_grad for layer in agent.penalty.layers())  # no target is touched


@pytest.mark.parametrize("penalty", ["a-gem", "gem"])
@pytest.mark.parametrize("name", EVERY)
def test_projections_are_of_agents_that_learn_beside_new_rows(name, penalty):
    if make(name).replay_batch is not None:
        with pytest.raises(SchemaError, match="learns from replayed rows alone"):
            make(name, penalty=penalty)
        return
    agent, spaces = restrained(name, penalty), []
    agent.penalty.project = lambda new, replayed: spaces.append(len(agent.penalty.flat_gradient()))
    agent.learn(rows_for(agent, 8, 9, task=1))
    agent.learn(rows_for(agent, 8, 9, task=1))
    actor = sum(one.numel() for one in agent.algorithm.policy.parameters())
    every = sum(one.numel() for _, one in agent.named_parameters() if one.requires_grad)
    assert set(spaces) == {actor, every - actor}  # each step's own networks


@pytest.mark.parametrize("name", EVERY)
def test_distillation_is_of_discrete_actions(name):
    if isinstance(make(name).action_space, Box):
        with pytest.raises(SchemaError, match="continuous actions"):
            make(name, penalty="lwf")
    else:
        assert restrained(name, "lwf").penalty.loss(rows_for(make(name), 4), {}) > 0
