"""Killed at any moment and resumed, a training's records are those of one that nobody killed."""

from itertools import product

import pytest

from tests import servers
from tests.benchmarks.size import size
from tests.crash import trials
from tests.crash.training import RUN, STEPS
from tests.crash.witness import by_key, is_table

pytestmark = pytest.mark.slow

TRIALS = size(5, 200)
PANELS = ("attributions", "layers", "overview")
AT_ONCE = 20  # runs in one request


def test_killed_and_resumed_nothing_is_lost_doubled_or_missing(tmp_path):
    context = trials.processes()
    killed = [trials.trial(context, tmp_path / f"{n}", n) for n in range(TRIALS)]
    kills = sum(len(trial.kills) for trial in killed)
    print(f"{TRIALS} trainings, killed {kills} times", flush=True)
    assert not {trial.root.name: trial.lost for trial in killed if trial.lost}
    assert not {
        trial.root.name: words for trial in killed if (words := trial.wrong(trial.loaded()))
    }
    for flag in servers.READERS.values():
        assert not shown_wrongly(killed, tmp_path, flag)
        due = sum(len(each.witness().due()) for each in killed)
        print(f"{due} records, {flag}", flush=True)


def shown_wrongly(killed, root, flag):
    """Returns what TensorBoard shows that should not count, or lacks, by run."""
    trials_of = {f"{trial.root.name}/{RUN}": trial for trial in killed}
    last = dict.fromkeys(trials_of, STEPS)
    with servers.tensorboard(root, flag) as server:
        servers.eventually(lambda: last_steps(server) == last, patience=600)
        found = shown(server, [*trials_of])
    wrong = {run: trial.wrong(found[run]) for run, trial in trials_of.items()}
    return {run: words for run, words in wrong.items() if words}


def last_steps(server):
    """Returns the last step of the maps of each run."""
    return {
        run["run"]: series["last_step"]
        for run in server.catalog()["runs"]
        for series in run["series"]
        if series["kind"] == "cam"
    }


def shown(server, runs):
    """Returns, by run, the digest of every record by tag and step, as the panels have them."""
    found = {run: {} for run in runs}
    for panel, first in product(PANELS, range(0, len(runs), AT_ONCE)):
        frame = server.panel(panel, *runs[first : first + AT_ONCE]).frame
        for run, tag in frame.records:
            if not is_table(tag):
                found[run] |= by_key(tag, frame.unpacked(run, tag))
    return found
