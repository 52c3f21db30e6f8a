import numpy as np
import pytest
import torch
from control_learners import make, rows_for, taught

from recollect.errors import OptionError


def learn(agent, rows):
    agent.algorithm.policy.is_within_training_step = True
    return agent.algorithm.learn(agent.batch(rows))


def test_target_actions_have_clipped_noise_and_stay_in_bounds():
    agent = make("td3", policy_noise=100.0, noise_clip=0.25)
    algorithm, seen = agent.algorithm, []
    algorithm.critic_old.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[1]))
    obs = torch.randn(50, 2)
    act = algorithm.actor_old(obs)[0]
    for training in (True, False):
        algorithm.policy.is_within_training_step = training
        algorithm.values_ahead(type("Rows", (), {"obs": obs}))
    moved = (seen[0] - act).abs()
    assert moved.max() <= 0.25 + 1e-6
    assert (moved > 0.2).float().mean() > 0.5
    assert seen[0].abs().max() <= 1
    assert torch.equal(seen[1], act)


def test_targets_are_the_lesser_value():
    agent = taught("td3", policy_noise=0.0)
    batch = agent.batch(rows_for(agent, 4))
    algorithm = agent.algorithm
    act = algorithm.actor_old(batch.obs_next)[0]
    values = [critic(batch.obs_next, act)[:, 0] for critic in (algorithm.critic_old, algorithm.critic2_old)]
    wanted = batch.rew + 0.99 * (1 - batch.terminated) * torch.minimum(*values)
    torch.testing.assert_close(algorithm.returns(batch), wanted.detach())


def test_the_actor_and_all_targets_wait():
    agent = make("td3", actor_every=3)
    watched = [agent.algorithm.policy.actor.head.weight, agent.algorithm.critic_old.module.head.weight]
    moved = []
    for step in range(7):
        before = [one.detach().clone() for one in watched]
        learn(agent, rows_for(agent, 8, step))
        moved.append([not torch.equal(*pair) for pair in zip(before, watched, strict=True)])
    assert moved == [[step % 3 == 0] * 2 for step in range(7)]


def test_the_actors_loss_is_minus_the_first_critics_value():
    agent, losses = make("td3"), []
    batch = agent.batch(rows_for(agent, 8))
    value = agent.algorithm.critic(batch.obs, agent.algorithm.outputs(batch.obs)).mean()
    with agent.algorithm.routed(lambda loss, optimiser: losses.append(loss.item())):
        agent.algorithm.learn(batch)
    assert losses[1] == pytest.approx(-value.item())
    assert len(losses) == 2


def test_exploring_adds_noise_within_the_bounds():
    agent, obs = taught("td3", exploration=0.3), np.zeros((400, 2), np.float32)
    plain, noisy = agent.act(obs), agent.act(obs, explore=True)
    assert len(np.unique(plain)) == 1
    assert (noisy - plain).std() == pytest.approx(0.6, rel=0.15)  # half the range is 2
    assert noisy.min() >= -1
    assert noisy.max() <= 3


@pytest.mark.parametrize("options", [{"exploration": -0.1}, {"noise_clip": 0.0}, {"actor_every": 0}])
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        make("td3", **options)
