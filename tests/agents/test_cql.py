import math

import pytest
import torch
from control_learners import make, rows_for

from recollect.errors import OptionError


def test_candidates_are_uniform_actions_and_the_policys_here_and_next():
    agent = make("cql", draws=200)
    batch, algorithm = agent.batch(rows_for(agent, 2)), agent.algorithm
    algorithm.policy.is_within_training_step = True
    act, log_prob = algorithm._candidates(batch)
    assert act.shape == (2, 600, 1)
    torch.testing.assert_close(log_prob[:, :200], torch.full((2, 200), math.log(0.5)))
    assert abs(act[:, :200].mean()) < 0.15
    for part, obs in ((slice(200, 400), batch.obs), (slice(400, 600), batch.obs_next)):
        likelihood = algorithm.policy.log_likelihood(obs.repeat_interleave(200, 0), act[:, part].flatten(0, 1))
        torch.testing.assert_close(log_prob[:, part].flatten(), likelihood, rtol=1e-3, atol=1e-3)


def test_the_term_is_the_soft_maximum_of_values_minus_that_of_the_row(monkeypatch):
    agent = make("cql", draws=1, cql_weight=2.0)
    batch, algorithm = agent.batch(rows_for(agent, 1)), agent.algorithm
    act, log_prob = torch.tensor([[[0.5], [-0.5], [0.0]]]), torch.tensor([[0.1, 0.2, 0.3]])
    monkeypatch.setattr(algorithm, "_candidates", lambda _: (act, log_prob))
    wanted = 0.0
    for critic in (algorithm.critic, algorithm.critic2):
        values = critic(batch.obs.expand(3, -1), act[0])[:, 0] - log_prob[0]
        wanted += values.exp().sum().log() - math.log(3) - critic(batch.obs, batch.act)[0, 0]
    torch.testing.assert_close(algorithm.regulariser(batch), 2 * wanted)


def test_it_lowers_values_away_from_the_data():
    def gap(weight):
        agent = make("cql", cql_weight=weight, lr=1e-2)
        for step in range(30):
            agent.update(rows_for(agent, 8, step) | {"act": rows_for(agent, 8)["act"] * 0 - 1}, {})
        obs = torch.zeros(1, 2)
        near, far = (agent.algorithm.critic(obs, torch.full((1, 1), act)) for act in (-1.0, 1.0))
        return (near - far).item()

    assert gap(5.0) > gap(0.0) + 1


@pytest.mark.parametrize("options", [{"cql_weight": -1.0}, {"draws": 0}])
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        make("cql", **options)
