import tomllib

import pytest

from recollect.cli import main
from recollect.cli.writing import SUMMARIES


@pytest.fixture
def fails(capsys):
    def run(*arguments):
        assert main(["new", *map(str, arguments)]) == 2
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize("kind", SUMMARIES)
def test_a_package_is_written(capsys, tmp_path, kind):
    assert main(["new", kind, "my-idea", "--to", str(tmp_path)]) == 0
    folder = tmp_path / "my-idea"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == [
        "README.md",
        "pyproject.toml",
        "recollect_my_idea/__init__.py",
        f"recollect_my_idea/{kind}.py",
        "tests/test_my_idea.py",
    ]
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("next: ")]
    for file in files:
        text = (folder / file).read_text()
        assert "$" not in text
        if file.endswith(".py"):
            compile(text, file, "exec")
            assert max(map(len, text.splitlines())) <= 120
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["recollect"] == {"my-idea": "recollect_my_idea"}
    assert "class MyIdea(" in (folder / "recollect_my_idea" / f"{kind}.py").read_text()


def test_mistakes_are_said(fails, tmp_path):
    assert "Did you mean replay?" in fails("repley", "my-idea")
    assert "kebab-case" in fails("replay", "My_Idea", "--to", tmp_path)
    assert "there is a replay 'reservoir' already" in fails("replay", "reservoir", "--to", tmp_path)
    (tmp_path / "taken").mkdir()
    assert "exists already" in fails("replay", "taken", "--to", tmp_path)
    (tmp_path / "file").write_text("")
    assert "cannot write" in fails("agent", "my-idea", "--to", tmp_path / "file")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["file", "taken"]
