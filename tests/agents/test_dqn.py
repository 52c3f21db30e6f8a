import numpy as np
import pytest
import torch
from control_learners import make, rows_for, taught

import recollect
from recollect.errors import OptionError


@pytest.mark.parametrize("double", [True, False])
def test_targets_are_the_targets_value_of_the_best_action(double):
    agent = taught("dqn", double=double, target_every=100, steps=6, lr=0.3)
    batch = agent.batch(rows_for(agent, 40))
    now = agent.algorithm.policy.model(batch.obs_next)[0].detach().numpy()
    then = agent.algorithm.model_old(batch.obs_next)[0].detach().numpy()
    chosen = (now if double else then).argmax(1)
    assert (now.argmax(1) != then.argmax(1)).any()
    wanted = batch.rew.numpy() + 0.99 * (1 - batch.terminated.numpy()) * then[np.arange(40), chosen]
    np.testing.assert_allclose(agent.algorithm.returns(batch), wanted, rtol=1e-5)


def test_the_loss_is_hubers_weighted():
    agent = make("dqn")
    rows = rows_for(agent, 3) | {"weight": np.float32([1, 0.5, 0])}
    batch = agent.batch(rows)
    errors = agent.algorithm.errors(batch).detach().numpy()
    huber = np.where(abs(errors) < 1, errors**2 / 2, abs(errors) - 0.5)
    assert agent.update({}, rows)["loss"] == pytest.approx((huber * [1, 0.5, 0]).mean(), rel=1e-5)


def test_the_target_is_copied_every_so_many_updates():
    agent, copies = make("dqn", target_every=3), []
    for step in range(7):
        before = agent.algorithm.model_old.module.head.weight.detach().clone()
        agent.update({}, rows_for(agent, 8, step))
        copies.append(not torch.equal(before, agent.algorithm.model_old.module.head.weight))
    assert copies == [False, False, False, True, False, False, True]  # the first copy is of what it is


def test_exploration_falls_to_epsilon():
    agent, obs = make("dqn", epsilon=0.1, exploration_steps=1000), np.zeros((1000, 5), np.float32)
    (best,) = np.unique(agent.act(obs))
    assert agent.explored == 0
    assert (agent.act(obs, explore=True) == best).mean() == pytest.approx(0.5, abs=0.06)
    assert agent.explored == 1000
    assert (agent.act(obs, explore=True) == best).mean() == pytest.approx(0.95, abs=0.03)


def test_it_learns_to_walk_the_corridor():
    agent = make("dqn", capacity=500, exploration_steps=100, replayed_per_new=16.0, lr=1e-2)
    history = recollect.run("recollect/ToyCorridor-v0", agent, steps_per_task=[150, 1], evaluate_episodes=4)
    assert history.scores["return"][1, 0] > 3  # every step to the right


@pytest.mark.parametrize("options", [{"epsilon": 1.5}, {"target_every": 0}, {"exploration_steps": 0}])
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        make("dqn", **options)
