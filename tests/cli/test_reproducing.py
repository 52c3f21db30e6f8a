import noisy_claims
import pytest

from recollect.cli import main
from recollect.experiments import reproduce as reproducing
from recollect.experiments.reproduce import ArmOutcome, Reproduction
from recollect.experiments.statistics import Estimate
from recollect.experiments.verdict import judge


@pytest.fixture(autouse=True)
def noisy(monkeypatch):
    noisy_claims.register(monkeypatch)


def outcome(name, scale, first=0.8, error=None):
    values = {"able": {1: first, 2: first + 0.01}, "plain": {1: 0.4, 2: 0.4}}
    costs = {"nbytes": 1234.0, "parameters": 5.0, "updates": 7.0, "seconds": 0.25}
    arms = tuple(ArmOutcome(arm, seeds, Estimate(0.5, 0.4, 0.6), costs) for arm, seeds in values.items())
    return Reproduction(
        name, noisy_claims.TRUE, scale, arms, tuple(judge(noisy_claims.TRUE, values)), {"machine": {}}, error
    )


@pytest.fixture
def answers(monkeypatch):
    """What `reproduce` answers instead of running, and what it was asked."""
    given, asked = {}, []

    def reproduce(name, scale, **how):
        asked.append((name, scale, how))
        if isinstance(given[name], BaseException):
            raise given[name]
        return given[name]

    monkeypatch.setattr(reproducing, "reproduce", reproduce)
    return given, asked


def test_a_claim_is_shown_with_arms_difference_and_verdict(answers, capsys, tmp_path):
    answers[0]["noisy/true"] = [outcome("noisy/true", "cpu")]
    assert main(["reproduce", "noisy/true", "--out", str(tmp_path), "--workers", "1", "--retries", "3"]) == 0
    told = capsys.readouterr().out
    assert "noisy/true: the first guesses better" in told
    assert "able" in told
    assert "0.500 [0.400, 0.600]" in told
    assert "1,234" in told
    assert "able - plain > 0: mean 0.405 [0.341, 0.469]  reproduced" in told
    assert "verdict: reproduced" in told
    name, scale, how = answers[1][0]
    assert (name, scale, how["workers"], how["out"], how["executor"]) == ("noisy/true", "cpu", 1, tmp_path, "local")
    assert how["retries"] == 3


def test_what_could_not_be_checked_is_said_and_fails(answers, capsys):
    answers[0]["noisy"] = [outcome("noisy/none", "cpu", error="its worker died"), outcome("noisy/true", "cpu", 0.1)]
    assert main(["reproduce", "noisy"]) == 1
    told = capsys.readouterr().out
    assert "could not be checked: its worker died" in told
    assert "verdict: contradicted" in told


def test_a_contradicted_claim_is_no_failure(answers):
    answers[0]["noisy"] = [outcome("noisy/true", "cpu", 0.1)]
    assert main(["reproduce", "noisy"]) == 0


@pytest.mark.parametrize(("first", "code", "said"), [(0.8, 0, "  as claimed"), (0.1, 1, "  not as claimed")])
def test_smoke_looks_at_the_side_alone(answers, capsys, first, code, said):
    answers[0]["noisy"] = [outcome("noisy/true", "smoke", first)]
    assert main(["reproduce", "noisy", "--scale", "smoke"]) == code
    told = capsys.readouterr().out
    assert said in told
    assert "verdict" not in told


def test_all_takes_every_paper_that_has_the_scale(answers, capsys, monkeypatch):
    monkeypatch.setattr("recollect.experiments.claims.papers", lambda: ["noisy", "stability-gap"])
    answers[0]["stability-gap"], answers[0]["noisy"] = [], [outcome("noisy/true", "cpu")]
    assert main(["reproduce", "--all"]) == 0
    assert [asked[0] for asked in answers[1]] == ["noisy", "stability-gap"]
    answers[1].clear()
    assert main(["reproduce", "--all", "--scale", "paper"]) == 0
    assert [asked[0] for asked in answers[1]] == ["stability-gap"]
    assert "noisy claims nothing at the scale paper" in capsys.readouterr().out


def test_ctrl_c_says_how_to_go_on(answers, capsys):
    answers[0]["noisy"] = KeyboardInterrupt()
    assert main(["reproduce", "noisy"]) == 130
    assert "the same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reproduce"], "takes the name of a paper or of a claim, or --all"),
        (["reproduce", "noisy", "--all"], "or --all"),
        (["reproduce", "nosy"], "paper or claim 'nosy' does not exist. Did you mean noisy"),
        (["reproduce", "noisy", "--scale", "cpuu"], "Did you mean cpu"),
        (["reproduce", "--all", "--scale", "cpuu"], "nothing is claimed at the scale 'cpuu'"),
        (["reproduce", "noisy", "--executor", "slurm"], "executor 'slurm' does not exist"),
    ],
)
def test_mistakes_are_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_a_real_claim_runs_from_the_command_line(tmp_path, capsys):
    folders = ["--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main(["reproduce", "noisy/true", "--scale", "smoke", *folders]) == 0
    assert "able - plain > 0: mean" in capsys.readouterr().out
