import numpy as np
import pytest
import torch

from recollect.nets.control import (
    ActionCritic,
    CriticEnsemble,
    DeterministicActor,
    GaussianActor,
    HeadedMLP,
    StateCritic,
)
from recollect.nets.units import hidden_layers


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def coded(x, task, tasks):
    return torch.cat([x, torch.eye(tasks)[task]], 1)


def test_each_row_is_answered_by_the_head_of_its_task():
    network, x = HeadedMLP(5, 3, (4,), heads=2), torch.randn(2, 3)
    inputs = coded(x, torch.tensor([0, 1]), 2)
    every = network.head(network.body(inputs)).reshape(2, 2, 3)
    outputs, state = network(inputs)
    assert torch.allclose(outputs[0], every[0, 0])
    assert torch.allclose(outputs[1], every[1, 1])
    assert state is None


def test_no_head_answers_a_row_of_no_task():
    network = HeadedMLP(5, 3, (4,), heads=2)
    assert not network(torch.cat([torch.randn(1, 3), torch.zeros(1, 2)], 1))[0].any()


def test_one_head_serves_every_task():
    network, x = HeadedMLP(3, 2, ()), torch.randn(4, 3)
    assert torch.allclose(network(x)[0], x @ network.head.weight.T + network.head.bias)


def test_deviations_are_cut_and_positive():
    actor = GaussianActor(1, 4, ())
    with torch.no_grad():
        actor.head.weight.zero_()
        actor.head.bias.copy_(torch.tensor([1.0, 2.0, 50.0, -50.0]))
    (mean, deviation), _ = actor(torch.zeros(1, 1))
    assert mean.tolist() == [[1.0, 2.0]]
    np.testing.assert_allclose(deviation.detach().log(), [[2.0, -20.0]])


def test_deterministic_actions_are_bounded():
    act, _ = DeterministicActor(2, 3, (8,))(100 * torch.randn(5, 2))
    assert act.shape == (5, 3)
    assert act.abs().max() <= 1


def test_action_critic_sees_observation_action_and_task():
    critic, obs, act = ActionCritic(5, 2, (4,), heads=2), torch.randn(3, 3), torch.randn(3, 2)
    first, second = (critic(coded(obs, torch.full((3,), task), 2), act) for task in (0, 1))
    assert first.shape == (3, 1)
    assert not torch.allclose(first, second)
    assert not torch.allclose(first, critic(coded(obs, torch.zeros(3, dtype=int), 2), act + 1))


def test_state_critic_has_one_value_per_output():
    assert StateCritic(3, 4, (5,))(torch.randn(2, 3)).shape == (2, 4)


@pytest.mark.parametrize("heads", [0, 2])
def test_an_ensemble_computes_what_its_networks_compute_one_by_one(heads):
    ensemble, obs, act = CriticEnsemble(3, 4, 2, (5, 6), heads), torch.randn(7, 4), torch.randn(7, 2)
    found = ensemble(obs, act)
    assert found.shape == (3, 7, 1)
    for member in range(3):
        x = torch.cat([obs, act], 1)
        layers = list(zip(ensemble.weights, ensemble.biases, strict=True))
        for number, (weight, bias) in enumerate(layers):
            x = (x if number == 0 else x.relu()) @ weight[member] + bias[member]
        wanted = (x * obs[:, -2:]).sum(1, keepdim=True) if heads else x
        torch.testing.assert_close(found[member], wanted)
    assert not torch.allclose(found[0], found[1])


def test_actors_are_chains_whose_units_can_be_renewed():
    assert [layer.width for layer in hidden_layers(GaussianActor(3, 4, (5, 6)))] == [5, 6]
