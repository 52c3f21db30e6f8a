import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import recollect
from recollect.cli import app, main

PROGRAM = Path(sys.executable).with_name("recollect")
HEAVY = {"torch", "tianshou", "mujoco", "minari", "playwright", "transformers", "pettingzoo"}
HEAVY |= {"sklearn", "scipy", "matplotlib"}


@pytest.fixture
def fails(capsys):
    """Runs a command that must end with exit code 2 and one line on stderr, and gives that line."""

    def run(*arguments):
        assert main(arguments) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("recollect: ")
        assert printed.err.count("\n") == 1
        return printed.err

    return run


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"recollect {recollect.__version__}\n"


def test_help_names_every_command(capsys):
    assert main([]) == 0
    bare = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == bare
    commands = typer.main.get_command(app).commands
    assert {"run", "compare", "reproduce"} <= commands.keys()
    rows = [line.strip("│ ").split() for line in bare.splitlines()]
    told = {row[0] for row in rows if len(row) > 1}  # each with what it does
    assert commands.keys() - told == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lst",), "Did you mean 'list'?"),
        (("list", "--fit", "x"), "--fits"),
        (("run",), "Missing argument 'stream'"),
        (("run", "recollect/SplitDigits-v0", "--seed", "one"), "Invalid value for '--seed'"),
        (("data",), "Missing command"),
    ],
)
def test_a_usage_error_is_one_line(fails, arguments, said):
    assert said in fails(*arguments)


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["list", "plugins"], ["run", "--help"], ["--version"]])
def test_nothing_heavy_is_imported(arguments):
    code = f"import sys; from recollect.cli import main; main({arguments}); print(*sys.modules, file=sys.stderr)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert "recollect" in loaded
    assert not HEAVY & set(loaded)


def test_an_error_of_ours_is_not_hidden(monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError("a mistake in the program, not of the user")

    monkeypatch.setattr("recollect.cli.completion.registry.plugins", broken)
    with pytest.raises(ZeroDivisionError):
        main(["plugins"])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("recollect li", ["list"]),
        ("recollect run recollect/SplitD", ["recollect/SplitDigits-v0"]),
        ("recollect run x --agent fine", ["finetune"]),
        ("recollect run x --replay reservo", ["reservoir"]),
        ("recollect run x --penalty lw", ["lwf"]),
        ("recollect run x --plugin tens", ["tensorboard"]),
    ],
)
def test_the_shell_completes_names(typed, expected):
    words = typed.split()
    variables = {"_RECOLLECT_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run([PROGRAM], env=os.environ | variables, capture_output=True, text=True, check=True)
    assert done.stdout.split() == expected
