import pytest

from recollect.cli import main


@pytest.fixture
def prints(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))

    def run(*arguments, code=0):
        assert main(["data", *arguments]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return run


def test_sets_are_listed_with_their_state(prints, tmp_path):
    lines = prints("list").splitlines()
    assert str(tmp_path) in lines[0]
    digits = next(line for line in lines if line.strip().startswith("digits"))
    assert "found at" in digits
    assert any("missing" in line for line in lines)


def test_paths_are_printed(prints, tmp_path):
    assert prints("path") == f"{tmp_path}\n"
    assert prints("path", "digits").endswith("digits.csv.gz\n")


def test_a_set_that_is_there_is_not_fetched_again(prints):
    assert prints("fetch", "digits") == prints("path", "digits")


def test_mistakes_are_one_line(prints):
    assert "Did you mean digits?" in prints("path", "digit", code=2)
    missing = prints("path", "tools", code=2)
    assert missing.startswith("recollect: data set 'tools' is missing")
    assert missing.count("\n") == 1
    assert "put it at" in prints("fetch", "tools", code=2)
