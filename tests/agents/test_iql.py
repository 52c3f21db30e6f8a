import numpy as np
import pytest
import torch
from control_learners import make, rows_for, taught

from recollect.errors import OptionError


def centre(agent, batch):
    """Moves V until half the advantages are above 0."""
    with torch.no_grad():
        agent.algorithm.value.head.bias += agent.algorithm.advantage(batch).median() + 1e-3


def test_the_value_of_a_state_pays_the_expectile_loss():
    agent = taught("iql", expectile=0.8)
    batch, algorithm = agent.batch(rows_for(agent, 20)), agent.algorithm
    centre(agent, batch)
    lesser = torch.minimum(*(one(batch.obs, batch.act) for one in (algorithm.critic_old, algorithm.critic2_old)))
    gap = (lesser - algorithm.value(batch.obs))[:, 0].detach().numpy()
    assert (gap > 0).any()
    assert (gap < 0).any()
    wanted = np.mean(np.where(gap < 0, 0.2, 0.8) * gap**2)
    assert algorithm.regulariser(batch).item() == pytest.approx(wanted, rel=1e-5)


def test_targets_ask_about_no_action():
    agent = taught("iql")
    batch = agent.batch(rows_for(agent, 4))
    wanted = batch.rew + 0.99 * (1 - batch.terminated) * agent.algorithm.value(batch.obs_next)[:, 0]
    torch.testing.assert_close(agent.algorithm.returns(batch), wanted.detach())


@pytest.mark.parametrize(("beta", "cut"), [(3.0, False), (1e4, True)])
def test_actions_are_cloned_by_their_advantage(beta, cut):
    agent, losses = taught("iql", inverse_temperature=beta), []
    batch, algorithm = agent.batch(rows_for(agent, 10)), agent.algorithm
    centre(agent, batch)
    weight = (beta * algorithm.advantage(batch)).exp().clamp(max=100)
    assert bool((weight == 100).any()) == cut
    wanted = -(weight * algorithm.policy.log_likelihood(batch.obs, batch.act)).mean().item()
    with algorithm.routed(lambda loss, optimiser: losses.append(loss.item())):
        algorithm.learn(batch)
    assert losses[1] == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("options", [{"expectile": 1.0}, {"inverse_temperature": 0.0}])
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        make("iql", **options)
