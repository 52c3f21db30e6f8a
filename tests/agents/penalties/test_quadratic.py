import pytest
import torch

from recollect.agents.penalties.quadratic import Quadratic, distance, grown, old_block, trainable, values


def test_the_old_block_is_in_front_and_a_view():
    wide = torch.arange(6.0).reshape(2, 3)
    block = old_block(wide, torch.Size([1, 2]))
    assert block.tolist() == [[0.0, 1.0]]
    block[0, 0] = 9.0
    assert wide[0, 0] == 9.0
    assert old_block(wide, wide.shape) is wide


def test_what_grows_is_filled_with_zeros():
    assert grown(torch.tensor([[1.0, 2.0]]), torch.Size([2, 3])).tolist() == [[1, 2, 0], [0, 0, 0]]
    same = torch.ones(2)
    assert grown(same, same.shape) is same


def test_the_distance_is_weighted_and_names_that_are_gone_are_free(line):
    agent = line(Quadratic(), weights=(3.0, 5.0))
    anchors = {"network.weight": torch.tensor([[1.0, 2.0]]), "gone.weight": torch.ones(4)}
    importance = {"network.weight": torch.tensor([[0.5, 2.0]]), "gone.weight": torch.ones(4)}
    assert distance(agent, anchors, importance).item() == 0.5 * 4 + 2 * 9
    assert distance(agent, {}, {}) == 0.0


def test_only_trainable_parameters_are_held(line):
    agent = line(Quadratic())
    assert list(trainable(agent)) == ["network.weight"]
    taken = values(agent)
    agent.put(7.0, 7.0)
    assert taken["network.weight"].tolist() == [[1.0, 2.0]]
    agent.network.weight.requires_grad_(False)
    assert trainable(agent) == {}


def test_tensors_of_a_state_go_to_the_agents_device(line):
    class Held(Quadratic):
        def __init__(self):
            super().__init__()
            self.one, self.many = {}, []

    saved = Held()
    saved.one, saved.many = {"a": torch.ones(2)}, [{"b": torch.zeros(1)}, 0.5]
    fresh = Held()
    agent = line(fresh)
    agent.network.to("meta")
    fresh.load_state_dict(saved.state_dict())
    assert fresh.one["a"].device.type == fresh.many[0]["b"].device.type == "meta"
    assert fresh.many[1] == 0.5
    assert saved.one["a"].device.type == "cpu"


def test_a_penalty_must_be_bound_before_it_is_restored():
    with pytest.raises(AttributeError):
        Quadratic().load_state_dict(Quadratic().state_dict())
