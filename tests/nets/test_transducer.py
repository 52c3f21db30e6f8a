import pytest
import torch

from recollect.nets.transducer import STRIDE, Transducer, mean_over_time

V, END = 7, 1


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Transducer(5, V, 8).eval()


def clip(*lengths, frames=40):
    x = torch.randn(len(lengths), frames, 5, generator=torch.Generator().manual_seed(1))
    return x * (torch.arange(frames) < torch.tensor(lengths)[:, None])[..., None]


def test_shapes_and_which_frames_are_of_the_clip(network):
    encoded, kept = network.encoder(clip(40, 9, 8, 0))
    assert encoded.shape == (4, 40 // STRIDE, 8)
    assert kept.sum(1).tolist() == [5, 2, 1, 1]
    assert network.features(clip(40, 9)).shape == (2, 8)


def test_padding_changes_nothing(network):
    y = torch.tensor([[4, 2, 5, 1]])
    with torch.no_grad():
        x = clip(16, frames=16)
        short, long = network(x, y), network(torch.nn.functional.pad(x, (0, 0, 0, 48)), y)
        assert torch.allclose(short, long, atol=1e-6)
        assert not torch.allclose(short, network(x * 2 + 1, y), atol=1e-3)


def test_silence_inside_a_clip_is_no_padding(network):
    x = clip(40)
    x[:, 8:16] = 0
    assert network.encoder(x)[1].all()


def test_a_token_sees_only_those_before_it(network):
    x, y = clip(30), torch.tensor([[4, 2, 5, 1]])
    other = torch.tensor([[4, 2, 6, 1]])
    with torch.no_grad():
        same = torch.isclose(network(x, y), network(x, other), atol=1e-6).all(2)[0]
    assert same.tolist() == [True, True, True, False]


def test_attention_is_a_softmax_of_scaled_dot_products(network):
    decoder, memory = network.decoder, torch.randn(1, 3, 8)
    kept, tokens = torch.tensor([[True, True, False]]), torch.tensor([[V]])
    with torch.no_grad():
        state = torch.tanh(decoder.start(memory[:, :2].mean(1)))[None]
        query = decoder.recurrent(decoder.embedding(tokens), state)[0][0, 0]
        shares = torch.stack([query @ memory[0, i] / 8**0.5 for i in range(2)]).exp()
        heard = sum(share / shares.sum() * memory[0, i] for i, share in enumerate(shares))
        expected = decoder.head(torch.tanh(decoder.joined(torch.cat([query, heard]))))
        assert torch.allclose(decoder(tokens, memory, kept)[0][0, 0], expected, atol=1e-6)


def greedy_by_hand(network, row, length):
    """The likeliest next token by teacher forcing on what was written so far."""
    y = torch.zeros(1, 0, dtype=torch.long)
    for _ in range(length):
        y = torch.cat([y, torch.zeros(1, 1, dtype=torch.long)], 1)
        y[0, -1] = END if END in y[0, :-1] else network(row, y)[0, -1].argmax()
    return y[0].tolist()


def test_greedy_takes_the_likeliest_token_and_stops_at_the_end(network):
    x = clip(40, 12, 25)
    with torch.no_grad():
        for bias in (0.0, 0.35):
            network.decoder.head.bias[END] += bias
            written = network.greedy(x, 6, END)
            assert written.tolist() == [greedy_by_hand(network, row[None], 6) for row in x]


def score(network, row, y):
    """The sum of logarithms of the tokens up to the first END."""
    steps = network(row, y[None])[0].log_softmax(1)[torch.arange(len(y)), y]
    ends = (y == END).nonzero()
    return steps[: int(ends[0]) + 1 if len(ends) else None].sum().item()


def test_a_beam_of_one_is_greedy_and_a_full_one_finds_the_best(network):
    x = clip(40, 12)
    with torch.no_grad():
        network.decoder.head.weight *= 4
        assert torch.equal(network.beam(x, 5, END, 1), network.greedy(x, 5, END))
        best = network.beam(x, 3, END, V**2)
        for row, found in zip(x, best, strict=True):
            every = [torch.tensor([a, b, c]) for a in range(V) for b in range(V) for c in range(V)]
            best_score = max(score(network, row[None], y) for y in every)
            assert score(network, row[None], found) == pytest.approx(best_score, abs=1e-5)


def test_means_leave_padding_out():
    encoded = torch.tensor([[[1.0], [3.0], [8.0]]])
    assert mean_over_time(encoded, torch.tensor([[True, True, False]])).tolist() == [[2.0]]
