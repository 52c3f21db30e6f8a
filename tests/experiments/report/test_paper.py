import numpy as np
from matplotlib import image
from report_histories import history, lines

from recollect.experiments.report.palette import TONES
from recollect.experiments.report.panel import panels
from recollect.experiments.report.paper import draw
from recollect.experiments.report.sections import sections


def drawn(results, folder):
    return draw(sections(panels(results)[0], results.experiment.metrics), folder)


def shows(path, colour):
    wanted = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return (np.abs(image.imread(path)[..., :3] - wanted).max(-1) < 0.02).any()


def test_every_group_is_a_png_and_a_pdf(make, tmp_path):
    results = make({"a & b": [history(seed=seed) for seed in range(2)], "b": [history()]}, contents=lines())
    written = drawn(results, tmp_path / "figures")
    assert sorted(path.name for path in written) == sorted(path.name for path in (tmp_path / "figures").iterdir())
    stems = {path.stem for path in written}
    assert stems == {
        *("toy-stream-v0-accuracy-over-time", "toy-stream-v0-accuracy-every-task", "toy-stream-v0-memory"),
        *("toy-stream-v0-accuracy-task-by-task", "toy-stream-v0-accuracy-forgetting-and-the-stability-gap"),
        "toy-stream-v0-accuracy-what-it-costs",
    }
    assert len(written) == 2 * len(stems)
    curves = tmp_path / "figures/toy-stream-v0-accuracy-every-task.png"
    assert image.imread(curves).shape[1] == 2100  # 7 inches at 300 dpi
    assert all(shows(curves, colour) for colour in TONES["light"][:3])
    assert not shows(curves, TONES["light"][3])  # three tasks
    assert (tmp_path / "figures/toy-stream-v0-memory.pdf").read_bytes().startswith(b"%PDF")


def test_the_same_results_are_the_same_files(make, tmp_path):
    results = make({"a": [history(tasks=1)]})
    first, second = (drawn(results, tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_many_tasks_nan_and_lower_is_better(make, tmp_path):
    run = history(tasks=13, per=2, scores={"wer": "min"})
    run._columns["scores/wer"][3:9] = np.nan
    many = [line | {"classes": {str(i): 1 for i in range(30)}} for line in lines(tasks=13)]
    assert drawn(make({f"arm {i}": [run] for i in range(2)}, contents=many), tmp_path / "figures")


def test_however_many_arms_are_all_named(make, tmp_path):
    run = history(tasks=1, per=2)
    drawn(make({f"arm {i}": [run] for i in range(13)}), tmp_path / "figures")
    for name in ("over-time", "what-it-costs"):
        rows = image.imread(tmp_path / f"figures/toy-stream-v0-accuracy-{name}.png").shape[0]
        assert rows > 2.3 * 300 + 50  # a plot of 2.3 inches, and its legend
