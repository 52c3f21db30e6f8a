"""Ray: one real local cluster for the whole session, with a worker that is killed in mid-run."""

import socket
import sys
import threading

import dying
import pytest
import ray

from recollect.errors import MissingExtra, OptionError
from recollect.experiments.cluster import Cluster, start
from recollect.experiments.grid import grid


def test_a_killed_worker_on_ray_and_twelve_histories_as_on_local_processes(killed_locally, tmp_path):
    outcomes = grid(dying.mortals(tmp_path / "flag"), tmp_path / "ray", executor="ray", workers=2, progress=False)
    assert not ray.is_initialized()  # it was started by the grid, and so it was ended
    assert [outcome.status for outcome in outcomes] == ["finished"] * 12 + ["failed"]
    assert (tmp_path / "flag").exists()
    assert "its worker died 2 times, at last with WorkerCrashedError" in outcomes[-1].error
    _, locally = killed_locally
    equal = [
        (outcome.directory / "history.npz").read_bytes() == (other.directory / "history.npz").read_bytes()
        for outcome, other in zip(outcomes[:12], locally[:12], strict=True)
    ]
    assert equal == [True] * 12


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "auto", "nowhere.invalid:6379", "nonsense"])
def test_a_cluster_that_is_not_there_is_told_in_one_line(address, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(
        OptionError, match=f"there is no Ray cluster at '{address}' .*`ray start --head` starts one"
    ) as told:
        start(address, None)
    assert "\n" not in str(told.value)


def test_what_answers_but_is_not_ray_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=answer, args=(server, b"SSH-2.0-OpenSSH\r\n"))
        thread.start()
        with pytest.raises(OptionError, match="what answers there is not Ray"):
            start(address, None)
        thread.join()


def answer(server, greeting):
    connection, _ = server.accept()
    with connection:
        connection.recv(100)
        connection.sendall(greeting)


def test_without_ray_it_says_what_to_install(monkeypatch, tmp_path):
    dying.register_dying()
    monkeypatch.delitem(sys.modules, "recollect.experiments.cluster")
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None if name == "ray" else True)
    with pytest.raises(MissingExtra, match=r"the executor 'ray' needs ray: pip install 'recollect\[ray\]'"):
        grid(dying.mortals(tmp_path / "flag"), tmp_path / "a", executor="ray")
    assert not (tmp_path / "a").exists()


def test_a_cuda_run_asks_for_a_gpu(monkeypatch):
    asked = []

    class Remote:
        def options(self, **options):
            asked.append(options)
            return self

        def remote(self, task):
            return object()

    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 3.0})
    monkeypatch.setattr(ray, "remote", lambda function: Remote())
    monkeypatch.setattr(ray, "wait", lambda references, **_: ([], references))
    cluster = Cluster([{"spec": {"device": "cpu"}}, {"spec": {"device": "cuda:0"}}], None, 0, print)
    assert cluster.next(0.0) is None
    assert cluster.workers == 3
    assert [options["num_gpus"] for options in asked] == [0, 1]
    assert {(options["num_cpus"], options["max_retries"]) for options in asked} == {(1, 0)}
