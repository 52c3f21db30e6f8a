"""Every example runs, in a folder of its own, with warnings as errors, and shows what it is meant to show."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SHOWN = {  # what the last lines must hold
    "background_shift": r"background counts: False  miou 0\.\d\d old 0\.[1-9]\d new 0\.\d\d",
    "compare_arms": r"9/9 runs(.|\n)*reservoir  0\.\d\d 0\.\d\d 0\.\d\d on recollect/SplitDigits-v0 tasks=2",
    "compose_by_name": r"accuracy 0\.\d\d\n(.|\n)*Did you mean reservoir\?",
    "demo": r"reservoir +│ 0\.[789]\d ±(.|\n)*picture: .*digits\.png",
    "own_data": r"small \d\.\d\d, middle \d\.\d\d, large \d\.\d\d",
    "own_replay": r"first-seen .*\n +reservoir ",
    "plain_sb3": r"1200 rows met, 300 kept, [456]\d% of draws of the first task",
    "plain_tianshou": r"1200 steps lived, 1200 rows in the strategy\n.*priorities of 600 samples came back",
    "quickstart": r"reservoir  accuracy 0\.\d\d  forgetting 0\.\d\d",
    "rotated_digits": r"turned by 90, replay reservoir: upright 0\.[89]\d",
    "uer": r"uer \(cosine, dot\) +0\.[3-8].*\ncosine-er +0\.[6-9]",
    "spoken_digits": r"finetune: old digits 0\.[01]\d(.|\n)*er: old digits 0\.[5-9]\d, new digits 0\.[89]\d",
    "resume_after_kill": r"equal to the last byte: True",
}


def run_example(path, folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=400,
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path, tmp_path):
    done = run_example(path, tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(SHOWN[path.stem], done.stdout), done.stdout
    if path.stem == "demo":
        picture = (tmp_path / "demo/digits.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 50_000
    if path.stem == "quickstart":
        accuracy = {line.split()[0]: float(line.split()[2]) for line in done.stdout.splitlines()}
        assert accuracy["reservoir"] > accuracy["none"] + 0.2


def test_each_example_is_expected():
    assert {path.stem for path in EXAMPLES} == set(SHOWN)


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem != "demo"], ids=lambda path: path.stem)
def test_examples_are_short(path):
    code = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    assert len(code) <= 40


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def test_the_readme_holds_the_quickstart():
    assert (ROOT / "examples/quickstart.py").read_text() in blocks("README.md", "python")


def test_the_plugin_in_the_readme_works():
    register, strategy = blocks("README.md", "python")[1:]
    names, calls = {}, []
    exec(compile(register, "register", "exec"), names)
    registry = type("Names", (), {"replay": lambda self, *given: calls.append(given)})()
    names["recollect_register"](registry)
    assert calls == [("newest-first", "recollect_newest_first.replay:NewestFirst", "the newest rows come back")]
    exec(compile(strategy, "strategy", "exec"), names)
    memory = names["NewestFirst"](3)
    assert memory.sample(2) == {}
    memory.add({"x": np.arange(5)})
    assert len(memory) == 3
    assert memory.sample(2)["x"].tolist() == [4, 3]
    assert memory.sample(9)["index"].tolist() == [2, 1, 0]
    lines = [line for line in (register + strategy).splitlines() if line.strip()]
    assert len(lines) <= 30


@pytest.mark.parametrize("page", sorted(p.relative_to(ROOT) for p in (ROOT / "docs").rglob("*.md")), ids=str)
def test_code_in_the_docs_is_python(page):
    for code in blocks(page, "python"):
        if not code.startswith(("--8<--", "recollect_")):
            ast.parse(code)
