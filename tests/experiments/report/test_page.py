"""The page in real Chromium, from a file, without any network."""

import os
import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import sync_playwright
from report_histories import history, lines, packed

from recollect.errors import CheckpointError
from recollect.experiments.report.page import write

DRAWN = "place => document.querySelectorAll('.plot')[place].dataset.drawn"
LARGEST = 10 * 2**20  # bytes


@pytest.fixture(scope="module")
def browser():
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def show(browser):
    """show(page file) -> the page, offline; what it asked for and complained of is looked at when the test is over."""
    contexts, asked, said = [], [], []

    def opened(path, scheme="light", width=1280):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.set_default_timeout(120_000)  # of milliseconds: a busy machine is no failure
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.resolve().as_uri())
        asked.remove(path.resolve().as_uri())
        return page

    yield opened
    assert said == []
    assert asked == []
    for context in contexts:
        context.close()


def draw_all(page):
    plots = page.locator(".plot")
    for place in range(plots.count()):
        plots.nth(place).scroll_into_view_if_needed()
        page.wait_for_function(DRAWN, arg=place)
    return plots


@pytest.fixture
def comparison(make, tmp_path):
    """Two arms, three seeds, three tasks, pictures, one damaged run."""
    pictures = packed(np.full((3, 8, 8, 1), 200, np.uint8))
    seeds = [history(seed=seed) for seed in range(3)]
    results = make({"er": [*seeds, "history.npz is damaged"], "none": seeds}, contents=lines(pictures=pictures))
    return write(results, tmp_path / "report")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_traces_are_tasks_and_tab_reaches_every_plot(comparison, show, scheme):
    assert comparison.stat().st_size < LARGEST
    page = show(comparison, scheme)
    plots = draw_all(page)
    for arm in ("er", "none"):
        curves = page.get_by_label(f"accuracy of every task while {arm} learns")
        assert curves.evaluate("plot => plot.data.length") == 3
        assert curves.locator(".scatterlayer .trace").count() == 3
        shapes = curves.evaluate("plot => plot.layout.shapes.map(one => one.type)")
        assert sorted(shapes) == ["line"] * 2 + ["path"] * 3  # switches, and the interval of each task
        assert curves.locator(".shapelayer path").count() >= 5
    page.evaluate("document.activeElement.blur()")
    reached, focused = set(), True
    while focused:
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement !== document.body")
        place, outline = page.evaluate(
            "[document.activeElement.dataset.plot, getComputedStyle(document.activeElement).outlineStyle]"
        )
        if place is not None:
            reached.add(place)
            assert outline == "solid"  # the focus is seen
    assert len(reached) == plots.count()
    assert all(plots.nth(place).get_attribute("aria-label") for place in range(plots.count()))
    ground, ink = page.evaluate("(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))")
    brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ground, ink)]
    assert (brightness[0] > brightness[1]) == (scheme == "light")


def test_the_theme_can_be_chosen(comparison, show):
    page = show(comparison, "light")
    draw_all(page)
    colour = "document.querySelector('.plot').data[0].line.color"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Colours").click()  # light, whatever the system has
    page.get_by_role("button", name="Colours").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate(colour) != light
    page.get_by_role("button", name="Colours").click()
    assert page.evaluate(colour) == light


def test_arms_and_axis_can_be_chosen(comparison, show):
    page = show(comparison)
    draw_all(page)
    assert page.locator("figure:visible").count() == page.locator("figure").count()
    page.get_by_label("none", exact=True).press("Space")
    assert page.locator("figure[data-arm=none]:visible, tr[data-arm=none]:visible").count() == 0
    assert page.locator("figure[data-arm=er]:visible").count() > 3
    first = "document.querySelector('.plot')"
    assert page.evaluate(f"{first}.data.map(one => one.visible)") == [True, False]
    assert page.evaluate(f"{first}.data[0].x[10]") == 80
    page.get_by_label("Progress in").select_option("updates")
    assert page.evaluate(f"{first}.data[0].x[10]") == 10
    assert page.evaluate(f"{first}.layout.xaxis.title.text") == "updates"


def test_arrow_keys_say_the_points(comparison, show):
    page = show(comparison)
    curves = page.get_by_label("accuracy of every task while er learns")
    curves.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expected = np.mean([history(seed=seed).scores["accuracy"][1, 1] for seed in range(3)])
    assert page.locator("#said").text_content() == f"task 1, 8: {expected:.4g}"
    page.keyboard.press("End")
    assert page.locator("#said").text_content().startswith("task 1, 240: ")
    matrix = page.get_by_label("accuracy of er on every task after")
    matrix.focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert page.locator("#said").text_content().startswith("er, 1 task 0: after 2 task 1: 0.")


def test_every_plot_has_its_numbers_behind_it(comparison, show):
    page = show(comparison)
    for details in page.locator("figure details").all():
        details.locator("summary").press("Enter")
        details.locator("table td").first.wait_for()
    first = page.locator("figure details table").first
    assert first.locator("th").all_text_contents()[:4] == ["arm", "after", "step", "mean of the tasks met so far"]
    assert page.locator("img").count() == 6
    assert "history.npz is damaged" in page.locator(".alert").first.text_content()


def test_a_narrow_page_does_not_scroll_sideways(comparison, show):
    page = show(comparison, width=360)
    draw_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_names_cannot_break_the_page(make, tmp_path, show):
    name = '</script><script>alert("1")</script><img src=http://elsewhere/x.png>'
    runs = [history(scores={f"a {name}": "max", "wer": "min"})]
    runs[0].tasks = tuple(f"{name} {i}" for i in range(3))
    page = show(write(make({name: runs}, contents=lines()), tmp_path / "report"))
    draw_all(page)
    assert page.locator(".chip").text_content() == name
    assert page.get_by_label(name, exact=True).is_checked()


@pytest.mark.parametrize("case", ["one run", "one task", "nan", "no costs"])
def test_small_and_strange_results(make, tmp_path, show, case):
    run = history(tasks=1 if case == "one task" else 3)
    if case == "nan":
        run._columns["scores/accuracy"][3:] = np.nan
    page = show(write(make({"a": [run]}, costs=case != "no costs"), tmp_path / "report"))
    draw_all(page)
    assert page.get_by_label("accuracy of every task").evaluate("plot => plot.data.length") == len(run.tasks)


def test_however_many_arms_are_all_named(make, tmp_path, show):
    page = show(write(make({f"arm {i}": [history(tasks=1, per=2)] for i in range(13)}), tmp_path / "report"))
    first = page.locator(".plot").first
    page.wait_for_function(DRAWN, arg=0)
    assert first.locator(".legend .traces").count() == 13


def test_a_large_comparison_stays_small(make, tmp_path):
    runs = [history(tasks=20, per=100, seed=seed) for seed in range(2)]
    page = write(make({f"arm {i}": runs for i in range(8)}, contents=lines(tasks=20)), tmp_path / "report")
    assert page.stat().st_size < LARGEST


def test_the_same_results_are_the_same_page(make, tmp_path):
    results = make({"a": [history()]}, contents=lines())
    assert write(results, tmp_path / "a").read_bytes() == write(results, tmp_path / "b.html").read_bytes()


def test_nothing_to_show_is_said(make, tmp_path):
    with pytest.raises(CheckpointError, match=r"no finished run to report \(.*: it is not finished\)"):
        write(make({"a": ["it is not finished"]}), tmp_path / "report")
    assert not (tmp_path / "report.html").exists()
