import pytest
import torch
from control_learners import make, rows_for, taught

from recollect.agents.redq import REDQ
from recollect.errors import OptionError
from recollect.options import options_of


def test_targets_are_the_least_of_a_random_subset():
    agent = taught("redq", alpha=0.5, ensemble=4, subset=2)
    algorithm, batch = agent.algorithm, agent.batch(rows_for(agent, 3))
    rows = type(batch)(obs=batch.obs_next)
    algorithm.policy.is_within_training_step, found = True, []
    for _ in range(40):
        state = agent.drawn.get_state()
        values = algorithm.values_ahead(rows)[:, 0]
        agent.drawn.set_state(state)
        ahead = algorithm.policy(rows)
        every = algorithm.critic_old(batch.obs_next, ahead.act)[:, :, 0] - 0.5 * ahead.log_prob[:, 0]
        pairs = {(i, j): torch.minimum(every[i], every[j]) for i in range(4) for j in range(i)}
        found.append([pair for pair, least in pairs.items() if torch.allclose(values, least)])
        assert found[-1]
        agent.drawn.manual_seed(len(found))
    assert len({pair for (pair, *_) in found}) > 2


def test_every_critic_learns_as_if_alone():
    agent = make("redq", ensemble=3)
    batch, seen = agent.batch(rows_for(agent, 6)), []
    with agent.algorithm.routed(lambda loss, optimiser: seen.append(loss.item())):
        state = agent.drawn.get_state()
        errors = agent.algorithm.errors(batch)
        agent.drawn.set_state(state)
        agent.algorithm.learn(batch)
    assert seen[0] == pytest.approx(sum((errors[i] ** 2).mean().item() for i in range(3)), rel=1e-5)


def test_the_actor_steps_every_so_many_times_on_the_mean_critic():
    agent, moved = make("redq", actor_every=3), []
    for step in range(6):
        before = agent.algorithm.policy.actor.head.weight.detach().clone()
        agent.update({}, rows_for(agent, 8, step))
        moved.append(not torch.equal(before, agent.algorithm.policy.actor.head.weight))
    assert moved == [False, False, True, False, False, True]


def test_the_update_to_data_ratio_is_twenty():
    options = {name: option.default for name, option in options_of(REDQ).items()}
    assert options["replayed_per_new"] / options["replay_batch"] == 20
    assert (options["ensemble"], options["subset"], options["actor_every"]) == (10, 2, 20)


def test_a_subset_is_no_larger_than_the_ensemble():
    with pytest.raises(OptionError, match="subset must be at most ensemble, 2, got 3"):
        make("redq", ensemble=2, subset=3)
