"""The layout, the import rule, the sizes and the names of the repository; each rule is also seen to fail."""

import subprocess
import sys
from pathlib import Path

import house
import pytest

import recollect

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "tianshou", "mujoco", "minari", "playwright", "transformers", "pettingzoo")
ALSO_LATE = ("sklearn", "scipy", "matplotlib")


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_rule_is_kept(rule):
    assert rule(ROOT) == []


LATE = "def f():\n    import json\n"
BROKEN = [  # rule, file, what is planted in it, and what the rule says of it
    ("import_rule", "recollect/envs/maze.py", "from recollect.agents import er", "envs/maze.py:1 must not import"),
    ("import_rule", "recollect/agents/sac.py", "import recollect.replay.fifo", "must not import recollect.replay.fifo"),
    ("import_rule", "recollect/replay/near.py", "from recollect import metrics", "must not import recollect.metrics"),
    ("import_rule", "recollect/metrics/gap.py", "from recollect.core import Agent", "must not import recollect.core"),
    ("import_rule", "recollect/rows.py", "from recollect.core import Agent", "must not import recollect.core"),
    ("import_rule", "recollect/core.py", "def f():\n    from recollect import loop", "core.py:2 must not import"),
    ("import_rule", "recollect/plugins/oer/agent.py", "from recollect.plugins.mer import x", "must not import"),
    ("import_rule", "recollect/plugins/oer/agent.py", "from recollect.envs import x", "must not import recollect.envs"),
    ("import_rule", "recollect/plugins/observers/p.py", "from recollect.agents import x", "must not import"),
    ("import_rule", "recollect/nets/mlp.py", "import scipy", "nets import torch"),
    ("import_rule", "recollect/envs/maze.py", "from . import grid", "relatively"),
    ("import_rule", "recollect/state.py", "import pickle", "must not import pickle"),
    ("sizes", "tests/test_long.py", "x = 1\n" * 301, "has 301 lines"),
    ("sizes", "recollect/rows.py", "x = 1\n" * 121, "median file"),
    ("module_names", "recollect/run.py", "", "recollect/run.py has the name"),
    ("getattr_once", "recollect/envs/__init__.py", "def __getattr__(name): ...", "__getattr__"),
    ("late_imports", "recollect/loop.py", LATE, "loop.py:2 imports json inside"),
    ("words", "recollect/loop.py", "class RunManager: ...", "RunManager"),
    ("words", "recollect/loop.py", "def make(base_agent): ...", "base_agent"),
    ("words", "recollect/io_utils.py", "", "io_utils"),
    ("notes_to_self", "examples/a.py", "# TO" + "DO: later", "examples/a.py:1"),
    ("unpickles", "recollect/a.py", "np.load(f, allow_pickle=True)", "a.py:1"),
    ("unpickles", "recollect/a.py", "np.load(f)", "a.py:1"),
    ("unpickles", "recollect/a.py", "torch.load(f)", "a.py:1"),
    ("mirror", "recollect/replay/near.py", "def f(): ...", "near.py has no tests/replay/test_near.py"),
    ("mirror", "tests/replay/test_far.py", "", "test_far.py tests no module"),
    ("exports", "recollect/a.py", "__all__ = ['gone']", "names gone"),
    ("exports", "recollect/a.py", "a = b = 1\n__all__ = ['b', 'a']", "not sorted"),
    ("docstrings", "recollect/a.py", '"""A."""\nclass A:\n    """A."""\n    def f(self): ...', "f has no docstring"),
]


@pytest.mark.parametrize(("rule", "file", "text", "said"), BROKEN)
def test_rule_can_fail(tmp_path, rule, file, text, said):
    (tmp_path / "recollect").mkdir()
    (tmp_path / "recollect/__init__.py").write_text('"""A."""\n__all__ = ["run"]\nrun = 1\n')
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    assert getattr(house, rule)(tmp_path) == []
    if file == "recollect/rows.py" and rule == "sizes":
        (tmp_path / "recollect/__init__.py").unlink()
    (tmp_path / file).write_text(text)
    found = getattr(house, rule)(tmp_path)
    assert len(found) == 1
    assert said in found[0]


def test_layout_can_fail(tmp_path):
    assert len(house.layout(tmp_path)) == 8


def test_type_checking_imports_are_free(tmp_path):
    (tmp_path / "recollect").mkdir()
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from recollect.loop import Run\n"
    (tmp_path / "recollect/hookspecs.py").write_text(text)
    assert house.import_rule(tmp_path) == []


@pytest.mark.parametrize("arguments", [None, ["list"], ["--help"], ["list", "replays"]], ids=str)
def test_nothing_heavy_is_imported(arguments):
    start = "import sys\nimport recollect\n"
    if arguments is not None:
        start += f"sys.argv = ['recollect', *{arguments}]\nfrom recollect.cli import main\n"
        start += "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
    ask = f"print('heavy:', [name for name in {HEAVY + ALSO_LATE} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", start + ask], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_the_public_names_are_there():
    assert sorted(recollect.__all__) == recollect.__all__
    assert all(getattr(recollect, name).__doc__ for name in recollect.__all__)
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        recollect.__getattr__("walk")
    bound = {
        name for name, value in vars(recollect).items() if getattr(value, "__module__", "").startswith("recollect.")
    }
    assert {name for name in bound if not name.startswith("_")} <= set(recollect.__all__)


def test_registered_names_are_kebab_case():
    registry = recollect.registry.registry
    for kind in ("agent", "replay", "penalty", "metric", "observer"):
        names = registry.names(kind)
        assert names, kind
        assert [name for name in names if name != name.lower() or "_" in name or " " in name] == []
