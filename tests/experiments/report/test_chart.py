import math

import numpy as np

from recollect.experiments.report.chart import few, numbers, plain, slug, spoken, task_tone
from recollect.experiments.statistics import Estimate


def test_numbers_are_json():
    assert numbers(np.array([1 / 3, math.nan, math.inf, 2.0])) == [0.33333, None, None, 2.0]
    assert numbers(np.array([[123456.0], [math.nan]]), 4) == [[123500.0], [None]]


def test_names_do_not_become_html():
    assert plain("a <b> & c") == "a &lt;b&gt; &amp; c"
    assert plain("x" * 100, 10) == "x" * 9 + "…"


def test_tasks_have_tones_until_there_are_too_many():
    assert [task_tone(i, 8) for i in (0, 7)] == ["tone:0", "tone:7"]
    assert [task_tone(i, 9) for i in (0, 4, 8)] == ["seq:0.0000", "seq:0.5000", "seq:1.0000"]


def test_an_estimate_in_words():
    assert spoken(Estimate(0.5, 0.4, 0.6)) == "0.500 [0.400, 0.600]"
    assert spoken(Estimate(0.5, math.nan, math.nan)) == "0.500"
    assert spoken(Estimate(math.nan, math.nan, math.nan)) == "-"


def test_a_few_places_with_the_first_and_the_last():
    assert few(3).tolist() == [0, 1, 2]
    assert few(100, 5).tolist() == [0, 25, 50, 74, 99]
    assert few(0).tolist() == []


def test_a_title_as_a_file():
    assert slug("recollect/Split Digits-v0 wer") == "recollect-split-digits-v0-wer"
