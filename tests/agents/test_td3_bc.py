import pytest
import torch
from control_learners import make, rows_for

from recollect.errors import OptionError


def test_the_actor_pays_values_and_distance_to_the_rows():
    agent = make("td3-bc", bc_alpha=5.0)
    batch = agent.batch(rows_for(agent, 3))
    act, value = torch.zeros_like(batch.act), torch.tensor([[1.0], [-3.0], [2.0]])
    wanted = -(5.0 / 2.0) * 0.0 + (batch.act**2).mean()  # the mean value is 0, its mean size 2
    torch.testing.assert_close(agent.algorithm.actor_loss(batch, act, value), wanted)
    value += 1  # mean 1, mean size (2 + 2 + 3) / 3
    torch.testing.assert_close(agent.algorithm.actor_loss(batch, act, value), wanted - 5.0 * 3 / 7)


@pytest.mark.parametrize("options", [{"bc_alpha": 0.0}, {"actor_every": 0}, {"policy_noise": -1.0}])
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        make("td3-bc", **options)
