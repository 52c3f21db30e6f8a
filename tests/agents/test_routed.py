import numpy as np
import pytest
import torch
from control_learners import make, names, rows_for, taught

from recollect.agents.routed import Route, Routed, adam, frozen


def test_steps_go_to_whom_the_route_names_and_to_itself_else():
    algorithm, steps = make("sac").algorithm, []
    weight = algorithm.critic.head.weight
    with algorithm.routed(lambda loss, optimiser: steps.append((loss.item(), optimiser))):
        assert algorithm.policy.is_within_training_step
        before = weight.clone()
        algorithm.critic_optim.step(weight.square().sum())
        assert torch.equal(before, weight)
    assert not algorithm.policy.is_within_training_step
    assert [optimiser is algorithm.critic_optim._optim for _, optimiser in steps] == [True]
    algorithm.critic_optim.step(weight.square().sum())
    assert not torch.equal(before, weight)
    assert len(steps) == 1
    assert Route.descend is None


@pytest.mark.parametrize("name", names())
def test_every_step_of_an_update_goes_through_descend(name, monkeypatch):
    agent, stepped = make(name), []
    monkeypatch.setattr(agent, "descend", lambda loss, optimiser, new, replayed: stepped.append(optimiser))
    before = {key: value.clone() for key, value in agent.algorithm.named_parameters() if value.requires_grad}
    agent.updates = 1
    for _ in range(2):
        agent.update({}, rows_for(agent, 8))
    assert {id(one) for one in stepped} == {id(one._optim) for one in agent.algorithm._optimizers}
    for key, value in agent.algorithm.named_parameters():
        assert key not in before or torch.equal(value, before[key]), key  # nothing else moves a weight


def test_targets_move_by_tau():
    algorithm = taught("sac").algorithm
    old, new = (net.head.weight.detach().clone() for net in (algorithm.critic_old.module, algorithm.critic))
    algorithm._update_lagged_network_weights()
    torch.testing.assert_close(algorithm.critic_old.module.head.weight, 0.995 * old + 0.005 * new)


def test_targets_that_copy_are_equal():
    algorithm = taught("dqn", steps=4).algorithm
    algorithm._update_lagged_network_weights()
    for target, weight in zip(algorithm.model_old.parameters(), algorithm.policy.model.parameters(), strict=True):
        assert torch.equal(target, weight)


def test_counters_are_in_the_state():
    first, second = taught("td3", steps=3), make("td3")
    assert first.algorithm._cnt == 2  # nothing is learnt from an empty memory
    second.algorithm.load_state_dict(first.algorithm.state_dict())
    assert (second.algorithm._cnt, second.algorithm._last) == (2, first.algorithm._last)


def test_optimisers_are_fused():
    (parameter,) = torch.nn.Linear(1, 1, bias=False).parameters()
    optimiser, _ = adam(0.1).create_instances(torch.nn.ParameterList([parameter]))
    assert optimiser.defaults["fused"]
    assert optimiser.defaults["lr"] == 0.1


def test_frozen_networks_pass_gradients_on_and_keep_none():
    network, x = torch.nn.Linear(2, 1), torch.ones(1, 2, requires_grad=True)
    with frozen(network):
        value = network(x).sum()
    assert network.weight.requires_grad
    value.backward()
    assert network.weight.grad is None
    np.testing.assert_allclose(x.grad, network.weight.detach())


@pytest.mark.parametrize("call", ["learn", "row_losses", "outputs"])
def test_what_an_algorithm_must_say(call):
    with pytest.raises(NotImplementedError):
        getattr(Routed, call)(None, None)
