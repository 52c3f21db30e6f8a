import math

import numpy as np
import pytest
import torch
from control_learners import make, rows_for, taught

import recollect


def test_targets_are_expected_over_actions():
    agent = make("discrete-sac", alpha=0.5)
    batch, algorithm = agent.batch(rows_for(agent, 4)), agent.algorithm
    probs = algorithm.policy.actor(batch.obs_next)[0].softmax(1)
    lesser = torch.minimum(algorithm.critic_old(batch.obs_next), algorithm.critic2_old(batch.obs_next))
    soft = (probs * (lesser - 0.5 * probs.log())).sum(1)
    wanted = batch.rew + 0.99 * (1 - batch.terminated) * soft
    torch.testing.assert_close(algorithm.returns(batch), wanted.detach())


def test_row_losses_hold_the_likelihood_of_the_action():
    agent = make("discrete-sac")
    batch = agent.batch(rows_for(agent, 4))
    log_probs = agent.algorithm.policy.actor(batch.obs)[0].log_softmax(1)
    chosen = log_probs[torch.arange(4), batch.act]
    wanted = agent.algorithm.errors(batch).square().sum(0) / 2 - chosen
    torch.testing.assert_close(agent.algorithm.row_losses(batch), wanted)


def test_the_temperature_aims_at_a_share_of_the_largest_entropy():
    assert make("discrete-sac").algorithm.alpha.target == pytest.approx(0.98 * math.log(2))
    agent = taught("discrete-sac", target_entropy=0.0)
    assert agent.algorithm.alpha.value < 1


def test_exploring_draws_by_the_logits():
    agent, obs = taught("discrete-sac"), np.zeros((2000, 5), np.float32)
    share = agent.algorithm.outputs(torch.zeros(1, 5)).softmax(1)[0, 1].item()
    assert agent.act(obs, explore=True).mean() == pytest.approx(share, abs=0.05)
    assert set(agent.act(obs)) == {int(share > 0.5)}


def test_it_learns_to_walk_the_corridor():
    agent = make("discrete-sac", capacity=500, replayed_per_new=16.0, lr=1e-2, target_entropy=0.2)
    history = recollect.run("recollect/ToyCorridor-v0", agent, steps_per_task=[200, 1], evaluate_episodes=4)
    assert history.scores["return"][1, 0] > 3
