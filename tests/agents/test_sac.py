from copy import deepcopy

import numpy as np
import pytest
import torch
from control_learners import make, rows_for, taught
from tianshou.algorithm.modelfree import sac as their

import recollect
from recollect.agents.policies import Temperature
from recollect.agents.routed import adam
from recollect.agents.sac import check_rates
from recollect.errors import OptionError
from recollect.testing import register_toys


def test_targets_are_the_lesser_value_and_entropy():
    agent = make("sac", alpha=0.5)
    batch = agent.batch(rows_for(agent, 4))
    algorithm = agent.algorithm
    ahead = algorithm.policy(type(batch)(obs=batch.obs_next))
    values = [critic(batch.obs_next, ahead.act)[:, 0] for critic in (algorithm.critic_old, algorithm.critic2_old)]
    soft = torch.minimum(*values) - 0.5 * ahead.log_prob[:, 0]
    wanted = batch.rew + 0.99 * (1 - batch.terminated) * soft
    torch.testing.assert_close(algorithm.returns(batch), wanted.detach())


def theirs(algorithm, alpha):
    """tianshou's own SAC over copies of the networks."""
    policy, critic, critic2 = (deepcopy(one) for one in (algorithm.policy, algorithm.critic, algorithm.critic2))
    made = their.SAC(
        policy=policy, policy_optim=adam(3e-4), critic=critic, critic2=critic2, critic_optim=adam(3e-4), alpha=alpha
    )
    made.critic_old.load_state_dict(algorithm.critic_old.state_dict())
    made.critic2_old.load_state_dict(algorithm.critic2_old.state_dict())
    return made


def test_an_update_is_tianshous_own():
    agent = make("sac", alpha=0.2)
    ours, other = agent.algorithm, theirs(agent.algorithm, 0.2)
    for step in range(3):
        batch = agent.batch(rows_for(agent, 16, step))
        with ours.routed(lambda loss, optimiser: agent.descend(loss, optimiser, {}, {})):
            ours.learn(batch)
        del batch.weight
        other.policy.is_within_training_step = True
        with torch.no_grad():
            following = type(batch)(obs=batch.obs_next)
            ahead = other._target_q_compute_value(following, other.policy(following)).flatten()
        batch.returns = batch.rew + 0.99 * (1 - batch.terminated) * ahead
        other._update_with_batch(batch)
    found = dict(other.named_parameters())
    for name, weight in ours.named_parameters():
        if "alpha" not in name:
            torch.testing.assert_close(weight.detach(), found[name].detach(), rtol=1e-4, atol=1e-6)


def test_the_temperature_follows_the_entropy_beside_the_actor():
    for target, sign in ((-50.0, -1), (50.0, 1)):
        agent = taught("sac", target_entropy=target)
        assert np.sign(agent.algorithm.alpha.log_alpha.item()) == sign
    assert make("sac").algorithm.alpha.target == -1


def test_exploring_draws_from_the_agents_own_generator():
    agent = taught("sac")
    obs, before = np.zeros((300, 2), np.float32), torch.get_rng_state()
    state = agent.rng.bit_generator.state
    first = agent.act(obs, explore=True)
    agent.rng.bit_generator.state = state
    np.testing.assert_array_equal(first, agent.act(obs, explore=True))
    assert torch.equal(before, torch.get_rng_state())
    (mean, deviation), _ = agent.algorithm.policy.actor(torch.zeros(1, 2))
    raw = np.arctanh(((first - 1) / 2).clip(-0.999999, 0.999999))
    assert raw.mean() == pytest.approx(mean.item(), abs=4 * deviation.item() / 300**0.5)
    assert raw.std() == pytest.approx(deviation.item(), rel=0.2)


def test_row_losses_are_half_the_errors_and_the_likelihood():
    agent = taught("sac")
    rows = rows_for(agent, 5)
    batch = agent.batch(rows)
    errors = agent.algorithm.errors(batch)
    wanted = (errors**2).sum(0) / 2 - agent.algorithm.policy.log_likelihood(batch.obs, batch.act)
    torch.testing.assert_close(agent.row_losses(rows), wanted)
    assert agent.row_losses(rows, rows).shape == (10,)


def test_it_learns_to_reach():
    register_toys()
    agent = make("sac", capacity=2000, warmup=60, replay_batch=32, replayed_per_new=64.0, hidden=(32, 32), lr=3e-3)
    history = recollect.run("recollect/ToyReach-v0", agent, steps_per_task=[300, 1], seed=0, evaluate_episodes=3)
    before, after = history.scores["return"][:2, 0]
    assert after > before + 2  # from about -5.5; the best possible is about -2


def test_rates_are_above_zero():
    check_rates(lr=1e-9)
    for value in (0, -1.0):
        with pytest.raises(OptionError, match="lr must be"):
            check_rates(lr=value)
    with pytest.raises(OptionError, match="alpha must be above 0"):
        make("sac", alpha=0.0)
    assert Temperature(0.3, 0).value == pytest.approx(0.3)
