"""Every way in which a plugin can fail, with packages that are really installed, in processes of their own."""

import subprocess
import sys

import pytest
from plugin_site import REPLAY, ROOT, Site

from recollect.errors import PluginError
from recollect.loader import HEAVY, imports_heavy
from recollect.registry import BUILTINS, registry

GOOD = """
recollect_api = 1
def recollect_register(registry):
    registry.replay("last", "recollect_good.replay:Last", "the last few rows")
"""
NAMES = "from recollect.registry import registry; print(*registry.names('replay'))\n"
STATUS = """from recollect.registry import BUILTINS, registry
for report in registry.plugins()[len(BUILTINS):]: print(report.name, report.status, *report.names)
"""


def built_in(kind, *others):
    """Names of one kind that Recollect itself has, and some others, as NAMES prints them."""
    return " ".join(
        sorted([name for name in registry.names(kind) if registry.entry(kind, name).plugin in BUILTINS] + [*others])
    )


BUILT_IN = built_in("replay")


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "site")


REGISTERS = "def recollect_register(registry): registry."
REFUSED = {
    "broken import": ("import a_package_that_is_not_there", "failed to load: ModuleNotFoundError: No module named"),
    "misspelt hook": (
        GOOD + "def recollect_step_ended(run): pass\n",
        "hook 'recollect_step_ended' does not exist. Did you mean recollect_step_end",
    ),
    "wrong argument": (
        "def recollect_step_end(run, stepp): pass\n",
        "Argument(s) {'stepp'} are declared in the hookimpl but can not be found in the hookspec",
    ),
    "newer contract": (
        GOOD.replace("recollect_api = 1", "recollect_api = 2"),
        "was written for recollect_api 2, this Recollect offers 1: upgrade Recollect",
    ),
    "contract no number": (GOOD.replace("api = 1", "api = '1'"), "was written for recollect_api '1'"),
    "no hooks": (
        "recollect_api = 1\nrecollect_register = None\n",
        "has no hook; a plugin has routines named recollect_",
    ),
    "target no string": (REGISTERS + "replay('a', object)", "'a': the target must be a string 'module:Object'"),
    "not kebab-case": (REGISTERS + "replay('OldFirst', 'a:B')", "names are kebab-case, such as 'oldest-first'"),
    "name of a built-in": (
        REGISTERS + "replay('fifo', 'a:B')",
        "replay 'fifo' is registered by plugin 'recollect.replay' (distribution recollect) and by plugin 'bad'",
    ),
    "Gymnasium's own id": (REGISTERS + "stream('CartPole-v1', 'a:B')", "is an environment of Gymnasium's already"),
    "id refused": (REGISTERS + "stream('a/b/c-v0', 'a:B')", "'a/b/c-v0' cannot be registered with Gymnasium"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_plugin_is_reported_and_all_else_is_there(site, case):
    source, reason = REFUSED[case]
    site.install("bad", source)
    done = site.python(NAMES + STATUS)
    assert done.returncode == 0, done.stderr
    assert "PluginWarning: plugin 'bad' (distribution recollect-bad 1.5)" in done.stderr
    assert reason in done.stderr
    assert done.stdout.splitlines() == [BUILT_IN, "bad failed"]


def test_strict_raises(site):
    site.install("bad", REFUSED["broken import"][0])
    done = site.python("import recollect", RECOLLECT_STRICT="1")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(
        "recollect.errors.PluginError: plugin 'bad' (distribution recollect-bad 1.5) failed to load: "
    )
    assert "ModuleNotFoundError" in last
    assert site.python("import recollect", RECOLLECT_STRICT="0").returncode == 0


def test_installed_plugin_is_found_and_built(site):
    site.install("good", GOOD, replay=REPLAY)
    code = "import recollect\nmade = recollect.make_replay('last', 5, keep=2)\nprint(made.capacity, made.kept)"
    assert site.prints(code) == ["5 2"]
    assert site.prints(STATUS) == ["good loaded replay last"]


def test_importing_recollect_is_light_also_with_plugins(site):
    site.install("good", GOOD, replay=REPLAY)
    code = f"import sys, recollect, gymnasium\nprint(sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    code += "print('recollect_good.replay' in sys.modules, 'recollect/SplitDigits-v0' in gymnasium.registry)"
    assert site.prints(code) == ["[]", "False True"]


def test_other_plugins_survive_a_broken_one(site):
    site.install("abad", "raise ValueError('two\\nlines')")
    site.install("exits", "raise SystemExit(3)")
    site.install("good", GOOD, replay=REPLAY)
    done = site.python(STATUS)
    assert done.stdout.splitlines() == ["abad failed", "exits failed", "good loaded replay last"]
    assert "ValueError: two lines" in done.stderr


def test_misspelt_hook_leaves_no_entry_and_no_environment_behind(site):
    site.install("bad", """
        import gymnasium
        gymnasium.register("imported/Y-v0", "recollect_bad:Y")
        gymnasium.register("imported/Z-v0", "somebody_else:Z")
        def recollect_register(registry):
            registry.replay("last", "recollect_bad.replay:Last")
            registry.stream("mine/X-v0", "recollect_bad:X")
            gymnasium.register("direct/X-v0", "recollect_bad:X")
        def recollect_step_ended(run): pass
        """)  # fmt: skip
    code = NAMES + "print(*registry.names('stream'))\nimport gymnasium\n"
    code += "print([id for id in gymnasium.registry if id.split('/')[0] in ('mine', 'direct', 'imported')])\n"
    code += "print(registry.loader.hooks.has_plugin('bad'))"
    done = site.python(code)
    assert done.stdout.splitlines() == [
        BUILT_IN, built_in("stream"), "['imported/Z-v0']", "False"
    ]  # fmt: skip


def test_object_as_plugin(site):
    source = "class P:\n    def recollect_register(self, registry): registry.metric('m', 'a:b')\nP = P()\n"
    site.install("obj", source, entry="recollect_obj:P")
    assert site.prints(STATUS) == ["obj loaded metric m"]


def test_duplicate_plugin_name_rolls_back_the_later(site):
    first = "def recollect_register(registry): registry.replay('twin', 'a:B')\n"
    site.install("twin", first, distribution="dist-one")
    site.install("twin", first.replace("'twin'", "'other'"), distribution="dist-two")
    code = """
        from recollect.errors import PluginError, UnknownName
        from recollect.registry import BUILTINS, registry
        for report in registry.plugins()[len(BUILTINS):]: print(report.name, report.distribution, report.status)
        for name in ("twin", "other"):
            try: registry.resolve("replay", name)
            except (PluginError, UnknownName) as error: print(type(error).__name__, error)
        """
    done = site.python(code)
    assert "has the name of another one" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["twin dist-one loaded", "twin dist-two failed"]
    assert lines[2].startswith("PluginError")
    assert "dist-one" in lines[2]
    assert "dist-two" in lines[2]
    assert lines[3].startswith("UnknownName")
    assert "Plugins that failed to load: twin" in lines[3]


def test_duplicate_registered_name_rolls_back_the_later_whole(site):
    source = (
        "def recollect_register(registry):\n    registry.replay('{0}-own', 'a:B')\n    registry.replay('same', 'a:B')\n"
    )
    site.install("one", source.format("one"), distribution="dist-one")
    site.install("two", source.format("two"), distribution="dist-two")
    code = NAMES + "registry.resolve('replay', 'same')"
    done = site.python(code)
    assert done.stdout.splitlines() == [built_in("replay", "one-own", "same")]
    error = done.stderr.strip().splitlines()[-1]
    assert error.startswith("recollect.errors.PluginError: replay 'same' is registered by plugin 'one' (distribution ")
    assert "dist-one" in error
    assert "'two' (distribution dist-two)" in error
    disabled = site.python(NAMES + "print(registry.entry('replay', 'same').plugin)", RECOLLECT_DISABLE="one")
    assert disabled.stdout.splitlines() == [built_in("replay", "same", "two-own"), "two"]


def test_stream_of_a_plugin_is_made_by_gymnasium(site):
    stream = """
        import gymnasium, recollect
        class Two(recollect.TaskStream):
            tasks = ("a", "b")
            observation_space = action_space = gymnasium.spaces.Discrete(2)
        """
    register = "def recollect_register(registry):\n    registry.stream('mine/Two-v0', 'recollect_two.stream:Two')\n"
    site.install("two", register, stream=stream)
    made = "print(gymnasium.make('{}mine/Two-v0', disable_env_checker=True).unwrapped.tasks)"
    assert site.prints("import gymnasium, recollect\n" + made.format("")) == ["('a', 'b')"]
    assert site.prints("import gymnasium\n" + made.format("recollect:")) == ["('a', 'b')"]


def test_plugin_that_imports_recollect_first_in_both_orders(site):
    site.install("early", "import recollect\n" + GOOD.replace("recollect_good", "recollect_early"), replay=REPLAY)
    status = "from recollect.registry import registry\nprint(registry.loader.reports['early'].status)\n"
    use = "import recollect\nprint(len(recollect.make_replay('last', 5)))\n"
    assert site.prints("import recollect\n" + status + use) == ["loaded", "0"]
    assert site.prints("import recollect_early\n" + status + use + status) == ["pending", "0", "loaded"]


def test_module_of_a_package_that_is_being_imported_waits_too(site):
    site.install("deep", "import recollect\nVALUE = 1\n", entry="recollect_deep.plug", plug=(
        "from recollect_deep import VALUE\ndef recollect_register(registry): registry.metric('deep', 'a:b')\n"
    ))  # fmt: skip
    code = "import recollect_deep\nfrom recollect.registry import registry\nprint('deep' in registry.names('metric'))"
    assert site.prints(code) == ["True"]


def test_pending_plugin_that_fails_later_is_reported(site):
    site.install("bad", "import recollect\ndef recollect_step_ended(run): pass\n")
    done = site.python("import recollect_bad\n" + STATUS)
    assert done.stdout.splitlines() == ["bad failed"]
    assert "Did you mean recollect_step_end" in done.stderr


def test_plugin_may_use_all_of_recollect_while_it_is_loaded(site):
    site.install("uses", """
        import recollect
        from recollect import Schema, Rows, __version__, make_replay
        from recollect.registry import registry
        seen = registry.names("replay")
        def recollect_register(registry): registry.metric(f"seen-{len(seen)}", "a:b")
        """)  # fmt: skip
    assert site.prints(STATUS) == [f"uses loaded metric seen-{len(BUILT_IN.split())}"]


def test_torch_at_load_is_allowed_and_found_by_the_check(site, monkeypatch):
    site.install("heavy", "import torch\ndef recollect_register(registry): registry.metric('heavy', 'a:b')\n")
    assert site.prints(STATUS) == ["heavy loaded metric heavy"]
    site.install("light", "print('hello')\ndef recollect_register(registry): pass\nclass P: pass\n")
    monkeypatch.syspath_prepend(site.folder)
    assert imports_heavy("recollect_heavy") == ["torch"]
    assert imports_heavy("recollect_light") == []
    assert imports_heavy("recollect.replay") == []
    with pytest.raises(PluginError, match="is the class P"):
        imports_heavy("recollect_light:P")
    with pytest.raises(PluginError, match="No module named 'no_such_module'"):
        imports_heavy("no_such_module")


def test_allow_list_and_block_list(site):
    site.install("good", GOOD, replay=REPLAY)
    site.install("fine", "def recollect_register(registry): registry.metric('fine', 'a:b')\n")
    both = ["fine loaded metric fine", "good loaded replay last"]
    assert site.prints(STATUS) == both
    assert site.prints(STATUS, RECOLLECT_PLUGINS="good, fine") == both
    assert site.prints(STATUS, RECOLLECT_PLUGINS="good") == ["fine blocked", both[1]]
    assert site.prints(STATUS, RECOLLECT_PLUGINS="") == ["fine blocked", "good blocked"]
    assert site.prints(STATUS, RECOLLECT_DISABLE="good") == [both[0], "good blocked"]
    assert site.prints(NAMES, RECOLLECT_DISABLE="good,recollect.replay") == [""]


def test_allow_list_with_a_name_that_is_not_installed(site):
    site.install("good", GOOD, replay=REPLAY)
    done = site.python(STATUS, RECOLLECT_PLUGINS="goood")
    assert done.stdout.splitlines() == ["good blocked"]
    assert "plugin 'goood' does not exist. Did you mean good?" in done.stderr
    assert "RECOLLECT_PLUGINS" in done.stderr


def test_trace_prints_each_call(site):
    site.install("good", GOOD + "def recollect_step_end(step): pass\n", replay=REPLAY)
    code = """
        from recollect.registry import run_hooks
        run_hooks().hook.recollect_step_end(run=None, task=1, step=2, rows={}, losses={})
        """
    done = site.python(code, RECOLLECT_TRACE="1")
    lines = done.stderr.splitlines()
    assert "recollect: recollect_register(registry=Registry) -> recollect.replay" in lines
    assert "recollect: recollect_register(registry=Registry) -> good" in lines
    assert lines[-1] == "recollect: recollect_step_end(run=NoneType, task=1, step=2, rows=dict, losses=dict) -> good"
    assert site.python(code).stderr == ""
    assert site.python(code, RECOLLECT_TRACE="0").stderr == ""


def test_warnings_as_errors_leave_a_loaded_registry(site):
    site.install("bad", "raise ValueError('no')\n")
    site.install("good", GOOD, replay=REPLAY)
    code = "try:\n    import recollect\nexcept UserWarning as warning:\n    print('told')\n" + STATUS
    done = site.python(code, "-W", "error")
    assert done.stdout.splitlines() == ["told", "bad failed", "good loaded replay last"]


def test_package_built_and_installed_by_pip(site, tmp_path):
    source = tmp_path / "source"
    (source / "recollect_good").mkdir(parents=True)
    (source / "recollect_good/__init__.py").write_text(GOOD)
    (source / "recollect_good/replay.py").write_text(REPLAY)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "recollect-good"\nversion = "2.0"\n'
        '[project.entry-points.recollect]\ngood = "recollect_good"\n'
    )
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "--target"]
    subprocess.run([*command, str(site.folder), str(source)], check=True, capture_output=True, cwd=ROOT)
    code = STATUS + "print(registry.entry('replay', 'last').distribution, registry.plugins()[len(BUILTINS)].version)"
    assert site.prints(code) == ["good loaded replay last", "recollect-good 2.0"]
