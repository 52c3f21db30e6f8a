import math

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete
from torch.distributions import Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from recollect.agents.policies import Categorical, Squashed, Steered, Temperature, Valued
from recollect.nets.control import DeterministicActor, GaussianActor, HeadedMLP

SPACE = Box(-1, 1, (2,), np.float32)


@pytest.fixture
def policy():
    torch.manual_seed(0)
    made = Squashed(actor=GaussianActor(3, 4, (8,)), action_space=SPACE)
    made.generator = torch.Generator().manual_seed(1)
    return made


def torchs(policy, obs):
    """The same distribution, as torch composes it."""
    (mean, deviation), _ = policy.actor(obs)
    return TransformedDistribution(Normal(mean, deviation), TanhTransform(cache_size=1))


class Rows:
    def __init__(self, obs):
        self.obs = obs


def test_log_probabilities_are_those_of_a_squashed_gaussian(policy):
    obs = torch.randn(5, 3)
    policy.is_within_training_step = True
    drawn = policy(Rows(obs))
    wanted = torchs(policy, obs).log_prob(drawn.act).sum(1, keepdim=True)
    torch.testing.assert_close(drawn.log_prob, wanted, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(policy.log_likelihood(obs, drawn.act), wanted[:, 0], rtol=1e-4, atol=1e-4)


def test_outside_training_the_mode_acts_and_nothing_is_drawn(policy):
    obs, state = torch.randn(5, 3), policy.generator.get_state()
    torch.testing.assert_close(policy(Rows(obs)).act, policy.actor(obs)[0][0].tanh())
    assert torch.equal(policy.generator.get_state(), state)


def test_draws_leave_the_global_state_alone(policy):
    policy.is_within_training_step, before = True, torch.get_rng_state()
    first, second = (policy(Rows(torch.zeros(4, 3))).act for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(first, second)


def test_actions_at_the_bounds_have_a_finite_likelihood(policy):
    found = policy.log_likelihood(torch.zeros(2, 3), torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
    assert torch.isfinite(found).all()


def test_categorical_gives_probabilities_and_entropy():
    actor = HeadedMLP(2, 3, ())
    with torch.no_grad():
        actor.head.weight.zero_()
        actor.head.bias.copy_(torch.tensor([0.5, 0.25, 0.25]).log())
    found = Categorical(actor=actor, action_space=Discrete(3))(Rows(torch.zeros(1, 2)))
    np.testing.assert_allclose(found.probs.detach(), [[0.5, 0.25, 0.25]], rtol=1e-6)
    assert found.entropy.item() == pytest.approx(1.5 * math.log(2))


def test_nothing_is_compiled():
    for kind in (Squashed, Steered, Valued, Categorical):
        assert kind._compile() is None
    Steered(actor=DeterministicActor(3, 2, ()), action_space=SPACE)


def test_a_tuned_temperature_rises_where_entropy_is_too_small():
    alpha = Temperature(None, target=-2.0)
    alpha.loss(torch.tensor([-4.0, -6.0])).backward()
    assert alpha.value == 1.0
    assert alpha.log_alpha.grad.item() == pytest.approx(-3.0)  # a step against it raises log alpha


def test_a_fixed_temperature_has_no_loss():
    alpha = Temperature(0.2, target=-2.0)
    assert alpha.value == pytest.approx(0.2)
    assert alpha.loss(torch.tensor([5.0])) == 0.0
    assert alpha.update(torch.tensor([5.0])) is None
