import pytest

from recollect.cli import main


@pytest.fixture
def prints(capsys):
    def run(*arguments, code=0):
        assert main(arguments) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return run


def test_everything_is_listed_by_kind(prints):
    lines = prints("list").splitlines()
    titles = [line.split(" (")[0] for line in lines if not line.startswith(" ")]
    assert titles[:6] == ["streams", "agents", "replays", "penalties", "metrics", "observers"]
    assert titles[-1] == "plugins"
    assert "  reservoir" in "\n".join(lines)


def test_one_kind_alone(prints):
    printed = prints("list", "penalties")
    assert printed.startswith("penalties (")
    assert "l2" in printed
    assert "reservoir" not in printed


def test_an_unknown_kind_is_named_with_the_nearest(prints):
    assert prints("list", "replay", code=2) == "recollect: kind 'replay' does not exist. Did you mean replays?\n"


def test_what_fits_a_stream(prints):
    printed = prints("list", "--fits", "recollect/SplitDigits-v0")
    er = next(line for line in printed.splitlines() if line.strip().startswith("er "))
    assert {"fifo", "none", "reservoir"} <= set(er.replace(",", "").split())
    by_replay = prints("list", "replays", "--fits", "recollect/SplitDigits-v0")
    fifo = next(line for line in by_replay.splitlines() if line.strip().startswith("fifo "))
    assert "er" in fifo.replace(",", "").split()


def test_fits_is_about_agents_and_replays(prints):
    assert "--fits lists agents and replays, not metrics" in prints("list", "metrics", "--fits", "x", code=2)
    assert "Did you mean recollect/SplitDigits-v0" in prints("list", "--fits", "recollect/SplitDigit-v0", code=2)


def test_an_agent_is_shown_with_options_types_and_defaults(prints):
    lines = [" ".join(line.split()) for line in prints("show", "er").splitlines()]
    assert lines[0] == "agent er"
    assert "plugin recollect.agents (distribution recollect)" in lines
    assert "default replay reservoir" in lines
    assert "Cross-entropy of new rows plus cross-entropy of replayed rows." in lines
    assert "lr float 0.1" in lines
    assert "Args:" not in lines


def test_a_stream_is_shown_with_tasks_rows_and_scores(prints):
    lines = [" ".join(line.split()) for line in prints("show", "recollect/SplitDigits-v0").splitlines()]
    assert "tasks 5: 0-1, 2-3, 4-5, 6-7, 8-9" in lines
    assert "rows SAMPLE: one row is a step with x, y" in lines
    assert "scores accuracy (max)" in lines
    assert "scenario 'class' or 'domain' or 'task' 'class'" in lines


def test_a_stream_without_its_data_is_listed_and_shown_as_far_as_it_goes(prints, tmp_path, monkeypatch):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    assert "recollect/SplitMnist-v0" in prints("list", "streams")
    lines = [" ".join(line.split()) for line in prints("show", "recollect/SplitMnist-v0").splitlines()]
    assert "tasks int | list[list[int]] 5" in lines
    assert lines[-1].startswith("cannot be made without options here: data set 'mnist' is missing: comes from MNIST")
    refused = prints("list", "--fits", "recollect/SplitMnist-v0", code=2)
    assert refused.startswith("recollect: data set 'mnist' is missing")
    assert "`recollect data fetch mnist`" in refused
    assert refused.count("\n") == 1


def test_a_metric_and_an_observer_are_shown(prints):
    assert "score      str | None      None" in prints("show", "forgetting")
    assert "losses_every  int  20" in prints("show", "jsonl")


def test_an_unknown_name_is_named_with_the_nearest(prints):
    assert "Did you mean reservoir?" in prints("show", "reservoirr", code=2)
