"""What one process can't do it tells the others, and none goes on as if it had."""

import threading
from types import SimpleNamespace

import pytest

from lightning_callbacks import together


class World:
    """Processes as threads, which exchange values as `torch.distributed` does."""

    def __init__(self, size: int) -> None:
        self.barrier = threading.Barrier(size, timeout=5)
        self.values: list = [None] * size

    def gathered(self, trainer, value):
        self.values[trainer.global_rank] = value
        self.barrier.wait()
        found = list(self.values)
        self.barrier.wait()
        return found

    def run(self, act):
        """Returns what `act(trainer)` returned or raised in each process."""
        results: list = [None] * len(self.values)

        def one(rank: int) -> None:
            strategy = SimpleNamespace(
                broadcast=lambda value: self.gathered(trainer, value)[0],
            )
            trainer = SimpleNamespace(
                global_rank=rank,
                world_size=len(results),
                is_global_zero=rank == 0,
                strategy=strategy,
            )
            try:
                results[rank] = act(trainer)
            except Exception as error:  # noqa: BLE001  # compared
                results[rank] = error

        threads = [threading.Thread(target=one, args=(rank,)) for rank in range(len(results))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        return results


@pytest.fixture
def world(monkeypatch) -> World:
    made = World(3)
    monkeypatch.setattr(together, "gathered", made.gathered)
    return made


def test_all_get_what_all_made(world):
    found = world.run(lambda trainer: together.from_all(trainer, lambda: trainer.global_rank**2))
    assert found == [[0, 1, 4]] * 3


@pytest.mark.parametrize("broken", ["raises", "can't be sent"])
def test_a_failure_of_one_is_raised_in_all(world, broken):
    def make(trainer):
        if trainer.global_rank == 1:
            if broken == "raises":
                raise ValueError("no such layer")
            return lambda: None
        return trainer.global_rank

    found = world.run(lambda trainer: together.from_all(trainer, lambda: make(trainer)))
    assert all(isinstance(error, together.OtherProcessError) for error in found)
    assert all(str(error).startswith("process 1: ") for error in found)


def test_the_first_makes_it_for_all(world):
    made = []

    def make():
        made.append(1)
        return "probe"

    assert world.run(lambda trainer: together.from_first(trainer, make)) == ["probe"] * 3
    assert made == [1]


def test_a_failure_of_the_first_is_raised_in_all(world):
    def make():
        raise ValueError("no data")

    found = world.run(lambda trainer: together.from_first(trainer, make))
    assert [str(error) for error in found] == ["process 0: ValueError: no data"] * 3
