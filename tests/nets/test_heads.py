import gymnasium as gym
import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

import recollect
from recollect.errors import OptionError, UnknownName
from recollect.nets.heads import DualHead, Reading

W = torch.tensor([[3.0, 4.0], [1.0, 0.0], [0.0, -2.0]])  # of length 5, 1, 2
H = torch.tensor([[6.0, 8.0], [0.0, 2.0]])  # of length 10, 2
DOTS = [[50.0, 6.0, -16.0], [8.0, 0.0, -4.0]]
COSINES = [[1.0, 0.6, -0.8], [0.8, 0.0, -1.0]]


def head(reading="dot", **options):
    made = DualHead(2, 3, reading, **options)
    with torch.no_grad():
        made.weight.copy_(W)
    return made


def test_dot_products_and_cosines_of_one_matrix():
    made = head(gamma=4.0)
    assert made.bias is None
    assert [name for name, _ in made.named_parameters()] == ["weight"]
    assert made.read(H, "dot").tolist() == DOTS
    np.testing.assert_allclose(made.read(H, "cosine").detach(), 4 * np.array(COSINES), rtol=1e-5)
    np.testing.assert_allclose(head("cosine")(H).detach(), 11.1 * np.array(COSINES), rtol=1e-5)
    assert head()(H).tolist() == DOTS


def test_both_are_the_same_where_norms_multiply_to_gamma():
    made = head(gamma=10.0, eps=0.0)
    h = torch.tensor([[2.0, 0.0]])  # length 2, beside the first row of W of length 5
    assert made.read(h, "dot")[0, 0].item() == pytest.approx(6.0)
    assert made.read(h, "cosine")[0, 0].item() == pytest.approx(6.0)


@pytest.mark.parametrize(("reading", "orthogonal"), [("cosine", True), ("dot", False)])
def test_a_loss_on_cosines_turns_weights_and_features_and_leaves_their_lengths(reading, orthogonal):
    made, h = head(reading), H.clone().requires_grad_()
    cross_entropy(made(h), torch.tensor([1, 2])).backward()
    for vectors, slopes in ((made.weight.detach(), made.weight.grad), (h.detach(), h.grad)):
        assert (slopes.norm(dim=1) > 1e-3).any()
        along = ((vectors * slopes).sum(1) / vectors.norm(dim=1)).abs().max().item()
        assert (along < 1e-4) == orthogonal


def test_the_slope_of_a_cosine_goes_through_the_norms():
    made = head(gamma=1.0, eps=0.0)
    made.read(H[1:], "cosine")[0, 0].backward()
    # d cos / dw = h/(|w||h|) - cos w/|w|^2 = (0, 1)/5 - .8 (3, 4)/25
    np.testing.assert_allclose(made.weight.grad[0], [-0.096, 0.072], atol=1e-6)


def test_a_row_of_zeros_has_cosine_zero_and_a_finite_slope():
    made, h = head("cosine"), torch.zeros(1, 2, requires_grad=True)
    logits = made(h)
    logits.sum().backward()
    assert logits.tolist() == [[0.0, 0.0, 0.0]]
    assert h.grad.isfinite().all()


def test_eps_is_added_to_each_norm():
    expected = 50 / ((5 + 0.5) * (10 + 0.5))
    assert head(gamma=1.0, eps=0.5).read(H, "cosine")[0, 0].item() == pytest.approx(expected)


def test_another_reading_for_a_while():
    made = head()
    with pytest.raises(RuntimeError), Reading(made, "cosine"):
        assert made(H)[0, 0].item() == pytest.approx(11.1, rel=1e-5)
        raise RuntimeError
    assert made(H).tolist() == DOTS


def test_what_cannot_be_is_refused():
    with pytest.raises(UnknownName, match="Did you mean cosine"):
        head("cosin")
    with pytest.raises(OptionError, match="gamma must be above 0, got 0"):
        head(gamma=0)
    with pytest.raises(OptionError, match="eps must be at least 0, got -1"):
        head(eps=-1)


def classifier(head, **options):
    stream = gym.make("recollect/SplitDigits-v0")
    return recollect.make_agent("er", stream, head=head, device="cpu", **options), stream.unwrapped.data(0)


def test_classifiers_take_them_in_the_place_of_a_linear_one():
    (linear, rows), (dot, _), (cosine, _) = map(classifier, ("linear", "dot", "cosine"))
    for other in (dot, cosine):
        np.testing.assert_array_equal(other.embed(rows), linear.embed(rows))  # the body is the same
    assert torch.equal(dot.network.head.weight, cosine.network.head.weight)
    features, made = torch.from_numpy(dot.embed(rows)), cosine.network.head
    for agent, kind in ((dot, "dot"), (cosine, "cosine")):
        expected = made.read(features, kind).detach()
        np.testing.assert_allclose(agent.predict(rows)["logits"], expected, rtol=1e-4, atol=1e-5)
    assert classifier("cosine", gamma=10.0)[0].network.head.gamma == 10


def test_what_the_option_cannot_be_is_refused():
    with pytest.raises(OptionError, match="'cosin'"):
        classifier("cosin")
    with pytest.raises(OptionError, match="gamma must be above 0, got 0"):
        classifier("cosine", gamma=0.0)
