import pytest

from recollect.cli import main
from recollect.loader import PluginReport
from recollect.registry import registry


@pytest.fixture
def prints(capsys):
    def run(*arguments, code=0):
        assert main(arguments) == code
        printed = capsys.readouterr()
        return printed.err if code == 2 else printed.out

    return run


@pytest.fixture
def broken(monkeypatch):
    reports = [
        *registry.plugins(),
        PluginReport("oldest", "recollect-oldest", "1.5", "failed", "ImportError: no module named 'nothing'"),
        PluginReport("idle", "recollect-idle", "0.1", "blocked"),
    ]
    monkeypatch.setattr(registry, "plugins", lambda: reports)


def test_plugins_are_listed_with_their_state(prints, broken):
    lines = [" ".join(line.split()) for line in prints("plugins").splitlines()]
    assert any(line.startswith("recollect.replay recollect ") and " loaded " in line for line in lines)
    assert "oldest recollect-oldest 1.5 failed 0 names" in lines
    assert "oldest failed: ImportError: no module named 'nothing'" in lines


def test_the_doctor_says_what_to_do(prints, broken, monkeypatch):
    monkeypatch.setenv("RECOLLECT_DISABLE", "idle")
    lines = [" ".join(line.split()) for line in prints("plugins", "--doctor").splitlines()]
    assert any(line.startswith("torch 2.") for line in lines)
    assert any(line.startswith("track tensorboard ") and "wandb" in line for line in lines)
    assert "RECOLLECT_DISABLE idle" in lines
    assert any(line.startswith("oldest repair or uninstall it, or set RECOLLECT_DISABLE=oldest") for line in lines)
    assert any(line.startswith("idle RECOLLECT_PLUGINS or RECOLLECT_DISABLE keeps it out") for line in lines)


def test_the_doctor_finds_what_is_missing(prints, monkeypatch):
    requires = ["numpy", "no-such-package>=2", 'nor-this ; extra == "track"', 'pytest; extra == "dev"']
    monkeypatch.setattr("recollect.cli.health.metadata.requires", lambda name: requires)
    lines = [" ".join(line.split()) for line in prints("plugins", "--doctor").splitlines()]
    assert "no-such-package missing" in lines
    assert "track nor-this missing: pip install 'recollect[track]'" in lines
    assert not any(line.startswith("dev") for line in lines)
    assert "no-such-package pip install --upgrade recollect, or pip install no-such-package" in lines


def test_all_is_well(prints, monkeypatch):
    monkeypatch.setattr(registry, "plugins", lambda: [])
    assert "all is well" in prints("plugins", "--doctor")


def test_a_plugin_is_checked(prints):
    lines = prints("check", "recollect.agents.penalties").splitlines()
    assert lines[0] == "checks of recollect.agents.penalties"
    assert all(line.split()[0] == "passed" for line in lines[1:-1])
    assert lines[-1] == f"all {len(lines) - 2} checks passed"


def test_a_check_that_fails_is_exit_code_1(prints, broken):
    lines = prints("check", "oldest", code=1).splitlines()
    assert lines[1].split()[:4] == ["failed", "plugin", "oldest", "is_loaded"]
    assert lines[-1] == "1 of 1 checks failed"


def test_an_unknown_plugin_is_one_line(prints):
    assert "Did you mean recollect.replay" in prints("check", "recollect.repaly", code=2)
