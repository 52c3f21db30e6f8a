import pytest

from recollect.experiments.claims import claims_of, numbers_of, trials_of
from recollect.experiments.verdict import judge
from recollect.registry import registry

CLAIMS = claims_of("uer")


def at(scale):
    return [name for name, claim in CLAIMS.items() if scale in claim.scales]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Where the runs that claims share lie."""
    return tmp_path_factory.mktemp("runs")


@pytest.mark.parametrize("name", at("smoke"))
def test_smoke_shows_the_side_that_is_claimed(name, runs):
    claim, values = CLAIMS[name].at("smoke"), {}
    for arm, trial in zip(claim.arms, trials_of(claim, "smoke"), strict=True):
        folder = runs / trial.folder
        if not folder.exists():
            trial.experiment.save(folder)
        for cell in trial.experiment.cells:
            cell.spec.execute(folder / cell.folder, plugins=list(trial.observers))
        values[arm.name] = numbers_of(claim, folder)[0]
    for finding in judge(claim, values):
        assert finding.as_claimed, finding


@pytest.mark.parametrize("name", CLAIMS)
def test_every_arm_fits(name):
    claim = CLAIMS[name]
    for trial in trials_of(claim, "cpu" if "cpu" in claim.scales else "paper"):
        first = trial.experiment.cells[0].spec
        assert first.check() is None
        assert first.stream_options["order_seed"] == first.seed


@pytest.mark.parametrize("name", CLAIMS)
def test_seeds_of_claims_are_not_those_of_tuning(name):
    claim = CLAIMS[name]
    assert claim.tuned_on == (0, 1, 2, 3, 4)
    assert all(set(scale.seeds).isdisjoint(claim.tuned_on) for scale in claim.scales.values())


def test_seeds_are_orders_of_the_classes():
    cells = trials_of(CLAIMS["uer/forgets-less"], "cpu")[0].experiment.cells
    assert len(cells) == 15
    assert [cell.spec.stream_options["order_seed"] for cell in cells] == [cell.seed for cell in cells]


def test_what_the_four_tests_compare():
    claims = {name.partition("/")[2]: claim for name, claim in CLAIMS.items()}
    uer, by_angles = claims["norms-remember"].arms  # T1: the same training, another prediction
    assert (uer.options | {"head": "cosine"}, uer.capacity) == (by_angles.options, by_angles.capacity)
    assert claims["norms-remember"].margin == 0.2
    assert claims["angles-lean"].arms[0] == claims["forgets-less"].arms[1]  # T2, T3
    assert claims["angles-lean"].arms[0].options["new_logits"] == "dot"
    assert claims["fewer-taken-for-new"].arms == claims["forgets-less"].arms
    sizes = [claims[f"accuracy-{size}"].arms[0].capacity for size in (20, 50, 100, 200)]  # T4
    assert sizes == [20, 50, 100, 200]
    for claim in claims.values():
        assert len({arm.capacity for arm in claim.arms}) == 1


@pytest.mark.parametrize("name", at("paper"))
def test_the_published_scale_has_the_published_options(name):
    for trial in trials_of(CLAIMS[name], "paper"):
        spec = trial.experiment.cells[0].spec
        assert spec.stream in registry.names("stream")
        assert (spec.options["lr"], spec.options["backbone"]) == (0.1, "resnet18-reduced")
        cifar100 = spec.stream == "recollect/SplitCifar100-v0"
        assert spec.capacity == (1000 if cifar100 else 200)
        assert spec.run == {}  # one pass; batches of 10 are the learner's own
        assert spec.stream_options.get("tasks", 5) == (10 if cifar100 else 5)
        assert len(trial.experiment.cells) == 10
