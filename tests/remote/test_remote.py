"""Log directories that are URLs, written and read through the logger's and TensorBoard's ways."""

import fsspec
import pytest
import torch
from moto.server import ThreadedMotoServer
from pytorch_lightning.loggers import TensorBoardLogger
from tensorboard import context
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.tensorflow_stub.io.gfile import GFile

import tb_explain
from lightning_callbacks import ActivationMonitor, GradCAMMonitor
from tb_explain.doctor import examine
from tb_explain.reader import Reader, Scope
from tests import servers, toys

BUCKET = "logs"
SCOPE = Scope(context.RequestContext(), "")
KEPT = {"tb_explain": 1000, "tb_explain_blobs": 1000}


@pytest.fixture(scope="module")
def s3():
    """A server that speaks S3, and what programs must know to find it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    known = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,  # of boto3 and s3fs
        "S3_ENDPOINT": url,  # of TensorBoard
    }
    with pytest.MonkeyPatch.context() as patched:
        for name, value in known.items():
            patched.setenv(name, value)
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir(BUCKET)
        yield f"s3://{BUCKET}"
    server.stop()


@pytest.fixture
def place(request):
    """The URL of a directory that is empty."""
    if request.param == "s3":
        return f"{request.getfixturevalue('s3')}/{request.node.name.partition('[')[0]}"
    return f"memory://{request.node.name.partition('[')[0]}"


both = pytest.mark.parametrize("place", ["memory", "s3"], indirect=True)


def fit(root, **options):
    torch.manual_seed(0)
    monitors = [GradCAMMonitor(strict=True), ActivationMonitor(strict=True)]
    trainer = toys.trainer(root, *monitors, **{"max_epochs": 3, **options})
    trainer.fit(toys.Classifier(), *toys.loaders())


def arrays_of(directory):
    """Returns the bytes of all arrays of the one run, by tag, step and name."""
    (run,) = tb_explain.load(directory).values()
    return {
        (tag, record.step, name): array.tobytes()
        for tag, series in run.items()
        for record in series
        for name, array in record.stored.arrays.items()
    }


def logger_at(place):
    return TensorBoardLogger(place, name="", version="run")


@both
def test_what_is_recorded_there_is_what_is_recorded_here(place, tmp_path):
    fit(tmp_path, logger=logger_at(str(tmp_path)))
    fit(tmp_path, logger=logger_at(place))
    here = arrays_of(str(tmp_path))
    assert len({step for tag, step, _ in here if tag == "gradcam/cam"}) == 4
    assert arrays_of(place) == here
    assert examine(place) == []


@both
def test_without_a_logger_a_file_of_our_own_is_there(place, tmp_path):
    fit(place, logger=False)
    assert [record.step for record in next(iter(tb_explain.load(place).values()))["gradcam/cam"]]


@both
def test_tensorboards_reader_finds_it(place, tmp_path):
    fit(tmp_path, logger=logger_at(place))
    multiplexer = EventMultiplexer(tensor_size_guidance=KEPT)
    multiplexer.AddRunsFromDirectory(place)
    multiplexer.Reload()
    reader = Reader(MultiplexerDataProvider(multiplexer, place))
    index = reader.index(SCOPE)
    (cams,) = (series for series in index.series if series.kind == "cam")
    (found,) = reader.read(SCOPE, [cams])
    assert [record.step for record in found.records] == [0, 4, 8, 12]


@pytest.mark.slow
def test_a_tensorboard_serves_what_lies_in_a_bucket(s3, tmp_path):
    fit(tmp_path, logger=logger_at(f"{s3}/served"))
    with servers.tensorboard(f"{s3}/served") as server:
        found = servers.eventually(lambda: server.catalog()["runs"])
        assert [run["run"] for run in found] == ["run"]
        frame = server.panel("attributions", "run").frame
        assert [record.step for record in frame.unpacked("run", "gradcam/cam")] == [0, 4, 8, 12]


def test_a_file_that_is_sent_whole_is_not_sent_at_each_record(s3, tmp_path, monkeypatch):
    sent = []
    flush = GFile.flush
    monkeypatch.setattr(GFile, "flush", lambda self: (sent.append(self), flush(self)))
    fit(tmp_path, logger=False, default_root_dir=f"{s3}/seldom", max_epochs=10)
    assert len(sent) <= 5  # when it is made, at the first record, and at the end
    assert len(next(iter(tb_explain.load(f"{s3}/seldom").values()))["gradcam/cam"]) == 11


def test_a_bucket_that_is_not_there_ends_no_training(s3, tmp_path):
    monitor = GradCAMMonitor()
    trainer = toys.trainer(tmp_path, monitor, logger=False, default_root_dir="s3://nowhere/logs")
    with pytest.warns(
        UserWarning, match=r"recorded nothing at step 0: s3://nowhere/logs.*NoSuchBucket"
    ):
        trainer.fit(toys.Classifier(), *toys.loaders())
    assert trainer.global_step == 8
