import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tb_explain.slab import PIECE_BYTES, Slab


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1])
def test_what_is_stored_is_a_copy_that_nobody_can_change(size):
    data = bytearray(b"x" * size)
    slab = Slab()
    first, second = slab.store(data), slab.store(b"next")
    data[:1] = b"y"
    assert first == b"x" * size
    assert second == b"next"
    assert first.readonly


def test_threads_may_share_a_slab():
    texts = [bytes([n % 256]) * (n % 5000) for n in range(2000)]
    slab = Slab()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(slab.store, texts)) == texts


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells")
def test_the_system_has_the_memory_back_when_no_record_is_used():
    def resident():
        gc.collect()
        return 4096 * int(Path("/proc/self/statm").read_text().split()[1])

    before = resident()
    slab = Slab()
    stored = [slab.store(bytes(20_000)) for _ in range(2000)]
    held = resident() - before
    del slab, stored
    assert held > 30_000_000
    assert resident() - before < 5_000_000
