"""Four vectors in the plane, at 0, 90, 180 and 270 degrees, and what the losses are by hand."""

from math import exp, log

import pytest
import torch

from recollect.plugins.coconut.losses import (
    audio_distillation,
    multimodal_contrast,
    rehearsal_contrast,
    token_distillation,
)

EAST, NORTH, WEST, SOUTH = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)
TAU = 0.5
E, M = exp(1 / TAU), exp(-1 / TAU)  # exp(h . h / tau), exp(-h . h / tau); a right angle gives 1
NOW = torch.tensor([EAST, NORTH, WEST, SOUTH])
THEN = torch.tensor([EAST, EAST, NORTH, WEST])
INTENTS = torch.tensor([0, 1, 1, 2])
REHEARSED = torch.tensor([False, True, True, False])


def nspt(now=NOW, then=THEN, intents=INTENTS, rehearsed=REHEARSED, **options):
    return rehearsal_contrast(now, then, intents, rehearsed, TAU, **options)


def test_nspt_by_hand():
    # Row 1 (north): others of the student are east 1, west 1, south M. Positives east 1 (its own) and north E.
    first = -(log(1 / (2 + M + 1)) + log(E / (2 + M + E))) / 2
    # Row 2 (west): east M, north 1, south 1. Positives east M and north (its own) 1.
    second = -(log(M / (2 + M + M)) + log(1 / (2 + M + 1))) / 2
    assert nspt().item() == pytest.approx(first + second, rel=1e-6)


def test_nspt_without_the_positive_and_with_itself():
    first, second = -(log(1 / (2 + M)) + log(E / (2 + M))) / 2, -(log(M / (2 + M)) + log(1 / (2 + M))) / 2
    assert nspt(with_positive=False).item() == pytest.approx(first + second, rel=1e-6)
    first = -(log(1 / (2 + M + E)) + log(E / (2 + M + E))) / 2
    second = -(log(M / (2 + M + E)) + log(1 / (2 + M + E))) / 2
    assert nspt(with_positive=False, with_itself=True).item() == pytest.approx(first + second, rel=1e-6)


def test_ntpt_by_hand():
    # The teacher's points are east, east, north, west: for row 1 (north) 1, 1, E, 1; for row 2 (west) M, M, 1, E.
    first = -(log(1 / (3 + E)) + log(E / (3 + E))) / 2
    second = -(log(M / (2 * M + 1 + E)) + log(1 / (2 * M + 1 + E))) / 2
    assert nspt(negatives="teacher").item() == pytest.approx(first + second, rel=1e-6)


def test_another_intent_is_no_positive():
    # Row 1 has itself alone, with the teacher's east; row 2 itself alone, with the teacher's north.
    expected = -log(1 / (2 + M + 1)) - log(1 / (2 + M + 1))
    assert nspt(intents=torch.tensor([0, 1, 5, 1])).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("negatives", ["student", "teacher"])
def test_without_rehearsed_rows_it_is_0_and_its_gradient_too(negatives):
    now = NOW.clone().requires_grad_()
    loss = nspt(now, rehearsed=torch.zeros(4, dtype=torch.bool), negatives=negatives)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(now.grad, torch.zeros(4, 2))


@pytest.mark.parametrize("negatives", ["student", "teacher"])
def test_a_single_rehearsed_row_has_itself(negatives):
    loss = nspt(rehearsed=torch.tensor([False, True, False, False]), negatives=negatives)
    assert 0 < loss.item() < 10


@pytest.mark.parametrize("negatives", ["student", "teacher"])
def test_nothing_flows_into_the_teacher(negatives):
    now, then = NOW.clone().requires_grad_(), THEN.clone().requires_grad_()
    nspt(now, then, negatives=negatives).backward()
    assert then.grad is None
    assert now.grad[1].abs().sum() > 0


def test_new_rows_are_negatives_of_the_student_but_no_anchors():
    now = NOW.clone().requires_grad_()
    nspt(now).backward()
    assert now.grad[0].abs().sum() > 0
    other = NOW.clone()
    other[0] = torch.tensor(NORTH)  # a new row comes near to the anchor in row 1
    assert nspt(other) > nspt()


def test_mm_by_hand():
    audio, text = torch.tensor([EAST, NORTH, WEST, SOUTH]), torch.tensor([EAST, NORTH, NORTH, WEST])
    current, intents = torch.tensor([True, True, False, False]), torch.tensor([7, 7, 7, 8])
    # Rows of audio with texts: row 0 is E, 1, 1, M; row 1 is 1, E, E, 1.
    by_audio = [log(E / (E + 2 + M)) + log(1 / (E + 2 + M)), log(1 / (2 + 2 * E)) + log(E / (2 + 2 * E))]
    # Text 0 (east) with audios is E, 1, M, 1; text 1 (north) is 1, E, 1, M. Row 2 is rehearsed: no positive.
    by_text = [log(E / (E + 2 + M)) + log(1 / (E + 2 + M)), log(1 / (E + 2 + M)) + log(E / (E + 2 + M))]
    expected = -sum(a + t for a, t in zip(by_audio, by_text, strict=True)) / 2
    assert multimodal_contrast(audio, text, intents, current, TAU).item() == pytest.approx(expected, rel=1e-6)


def test_mm_without_current_rows_is_0():
    audio = NOW.clone().requires_grad_()
    loss = multimodal_contrast(audio, THEN, INTENTS, torch.zeros(4, dtype=torch.bool), TAU)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(audio.grad, torch.zeros(4, 2))


def test_token_distillation_is_the_divergence_from_the_teacher_without_padding():
    logits, taught = torch.zeros(1, 2, 2), torch.tensor([[[log(3.0), 0.0], [9.0, 0.0]]]).requires_grad_()
    loss = token_distillation(logits.requires_grad_(), taught, torch.tensor([[1, 0]]))
    loss.backward()
    assert loss.item() == pytest.approx(0.75 * log(0.75 / 0.5) + 0.25 * log(0.25 / 0.5), rel=1e-6)
    assert taught.grad is None


def test_audio_distillation_is_the_mean_square_over_frames_of_the_clip():
    encoded, kept = torch.tensor([[[1.0, 2.0], [9.0, 9.0]]]).requires_grad_(), torch.tensor([[True, False]])
    taught = torch.zeros(1, 2, 2, requires_grad=True)
    loss = audio_distillation(encoded, taught, kept)
    loss.backward()
    assert loss.item() == 2.5
    assert taught.grad is None
