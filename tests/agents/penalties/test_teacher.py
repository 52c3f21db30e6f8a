import torch

from recollect.agents.penalties.teacher import Teacher
from recollect.core import Penalty
from recollect.testing.comparison import difference, through_checkpoint


def taught(agent):
    teacher = Teacher()
    teacher.bind(agent)
    return teacher


def test_it_says_what_the_agent_said_then(line, points):
    agent = line(Penalty(), weights=(1.0, 2.0))
    teacher, rows = taught(agent), points([[1, 1]], [0])
    assert teacher.twin is None
    teacher.take()
    agent.put(5.0, 5.0)
    assert teacher.logits(rows).tolist() == [[3.0]]
    assert not teacher.logits(rows).requires_grad
    assert agent.logits(rows).item() == 10.0
    teacher.take()
    assert teacher.logits(rows).tolist() == [[10.0]]


def test_it_is_still_and_frozen(line):
    agent = line(Penalty())
    agent.other = torch.nn.Dropout(0.5)
    teacher = taught(agent)
    teacher.take()
    assert not teacher.twin.other.training
    assert agent.other.training
    assert not teacher.twin.network.weight.requires_grad
    assert agent.network.weight.requires_grad


def test_resume_rebuilds_a_head_that_has_grown_since(line, points):
    agent, rows = line(Penalty(), weights=(1.0, 2.0)), points([[1, 1]], [0])
    agent.norm = torch.nn.BatchNorm1d(2)
    teacher = taught(agent)
    teacher.take()
    state = through_checkpoint(teacher.state_dict())
    later = line(Penalty())
    later.network = torch.nn.Linear(2, 3, bias=False)  # as the resumed agent rebuilt it
    later.norm = torch.nn.BatchNorm1d(2)
    later.norm.running_mean += 7
    again = taught(later)
    again.load_state_dict(state)
    assert again.logits(rows).tolist() == [[3.0]]
    assert again.twin.norm.running_mean.tolist() == [0.0, 0.0]
    assert later.network.weight.shape == (3, 2)
    assert difference(teacher.state_dict(), again.state_dict()) == ""


def test_a_state_without_a_teacher_leaves_none(line):
    agent = line(Penalty())
    teacher = taught(agent)
    empty = through_checkpoint(teacher.state_dict())
    teacher.take()
    teacher.load_state_dict(empty)
    assert teacher.twin is None
    assert teacher.state_dict() == {"tensors": {}}
