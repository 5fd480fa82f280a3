import io
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from lightning_callbacks.probe import Probe, draw
from lightning_callbacks.samples import ProbeError
from tests import attention_toys, toys


class Imbalanced(Dataset):
    """Nine of ten samples are of class 0; labels are known only by reading a sample."""

    classes = ("cat", "dog")

    def __init__(self, count: int = 100) -> None:
        self.count = count
        self.reads = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int):
        self.reads += 1
        return {"image": torch.full((1, 4, 4), index / self.count), "label": int(index % 10 == 0)}


class Stream(IterableDataset):
    def __iter__(self):
        return iter((torch.full((1, 4, 4), float(n)), n % 2) for n in range(50))


def decoded(drawn) -> list[np.ndarray]:
    arrays = drawn.arrays()
    ends = [0, *arrays["image_ends"].tolist()]
    files = [arrays["images"][a:b].tobytes() for a, b in pairwise(ends)]
    return [np.asarray(Image.open(io.BytesIO(file))) for file in files]


def test_samples_of_a_data_set_are_balanced_and_the_same_each_time():
    drawn = draw(Probe(Imbalanced(), samples=8))
    assert drawn.labels.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]
    assert drawn.class_names == ["cat", "dog"]
    assert drawn.hashes == draw(Probe(Imbalanced(), samples=8)).hashes
    assert len(set(drawn.hashes)) == 8


def test_a_large_data_set_is_not_read_whole():
    data = Imbalanced(100_000)
    draw(Probe(data, samples=4))
    assert data.reads <= 4 * 20 + 4


def test_known_labels_are_used_without_reading_samples():
    labels = torch.zeros(1000, dtype=torch.long)
    labels[-3:] = 1
    data = TensorDataset(torch.arange(1000.0).reshape(-1, 1, 1, 1), labels)
    assert draw(Probe(data, samples=4)).names == ["0", "997", "1", "998"]
    assert draw(Probe(Subset(data, range(500, 1000)), samples=2)).names == ["0", "497"]


def test_a_loaders_collate_function_is_used():
    loader = DataLoader(
        Imbalanced(), 4, collate_fn=lambda items: torch.stack([i["image"] for i in items])
    )
    drawn = draw(Probe(samples=3), loader)
    assert drawn.inputs.shape == (3, 1, 4, 4)


@pytest.mark.parametrize(
    "data",
    [
        toys.images(3),
        (toys.images(3), torch.arange(3)),
        [(image, n) for n, image in enumerate(toys.images(3))],
        lambda: (toys.images(3), torch.arange(3)),
        {"x": toys.images(3)},
    ],
)
def test_batches_lists_and_callables_are_taken_whole(data):
    drawn = draw(Probe(data, samples=1))
    assert torch.equal(drawn.inputs, toys.images(3))
    assert drawn.hashes == draw(Probe(toys.images(3))).hashes
    assert drawn.names == ["0", "1", "2"]


def test_a_stream_gives_its_first_samples():
    assert draw(Probe(Stream(), samples=3)).labels.tolist() == [0, 1, 0]


def test_a_stream_that_is_its_own_iterator_is_refused():
    class Once(Stream):
        def __iter__(self):
            return self

        def __next__(self):
            return torch.zeros(1, 4, 4), 0

    with pytest.raises(ProbeError, match="is its own iterator"):
        draw(Probe(Once()))


def test_the_hash_is_of_the_content():
    a, b = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    b[0, 0, 0, 0] = -0.0
    hashes = {
        draw(Probe(x)).hashes[0] for x in (a, b, a.reshape(1, 1, 1, 4), a.double(), a.clone())
    }
    assert len(hashes) == 4


def test_pictures_are_the_inputs():
    x = torch.arange(16.0).reshape(1, 1, 4, 4) / 16
    (picture,) = decoded(draw(Probe(x)))
    assert np.array_equal(picture, (x[0, 0] * 255).round().numpy())
    (same,) = decoded(draw(Probe((x - 0.2) / 0.3, mean=[0.2], std=[0.3])))
    assert np.abs(same.astype(int) - picture).max() <= 1


def test_pictures_of_unknown_range_are_stretched_and_said_to_be():
    drawn = draw(Probe(torch.linspace(-3, 5, 16).reshape(1, 1, 4, 4)))
    assert drawn.fields()["display"] == "stretched per image"
    assert (decoded(drawn)[0].min(), decoded(drawn)[0].max()) == (0, 255)


def test_thumbnails_are_small_and_full_pictures_are_not():
    x = torch.rand(1, 3, 200, 300)
    assert decoded(draw(Probe(x)))[0].shape == (85, 128, 3)
    assert decoded(draw(Probe(x, store_inputs="full")))[0].shape == (200, 300, 3)


def test_nothing_of_the_inputs_is_stored_when_none_is_asked():
    drawn = draw(Probe(toys.images(3), store_inputs="none"))
    assert set(drawn.arrays()) == {"labels"}


def test_without_data_the_way_out_is_said():
    with pytest.raises(ProbeError, match=r"no validation data.*probe="):
        draw(Probe())
    with pytest.raises(ProbeError, match="empty"):
        draw(Probe(TensorDataset(torch.zeros(0, 1, 4, 4))))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [({"samples": 0}, "samples must be 1 or more"), ({"store_inputs": "some"}, "'some'")],
)
def test_bad_arguments_are_named(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Probe(**kwargs)


def test_a_text_probe_holds_its_tokens():
    words = [f"word{n}" for n in range(20)]
    data = attention_toys.texts(4)
    drawn = draw(Probe(data, tokenizer=words))
    fields = drawn.fields()
    assert (fields["modality"], fields["shape"], fields["display"]) == ("text", [7], None)
    assert fields["tokens"][0] == [words[i] for i in data[0]["input_ids"].tolist()]
    assert drawn.labels.tolist() == [0, 1, 0, 1]
    assert set(drawn.arrays()) == {"labels"}
    assert draw(Probe(data, tokenizer=words, store_inputs="none")).fields()["tokens"] is None


def test_text_is_drawn_class_by_class_and_hashed_by_its_ids():
    drawn = draw(Probe(attention_toys.texts(6), samples=4))
    in_set = draw(Probe(_Texts(), samples=4))
    assert in_set.labels.tolist() == [0, 1, 0, 1]
    assert set(in_set.hashes) <= set(drawn.hashes)


class _Texts(Dataset):
    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int):
        return attention_toys.texts(6)[index]


def test_a_table_is_a_probe_without_pictures_or_tokens():
    fields = draw(Probe((torch.rand(5, 3), torch.arange(5)))).fields()
    assert (fields["modality"], fields["shape"], fields["tokens"]) == ("tabular", [3], None)
