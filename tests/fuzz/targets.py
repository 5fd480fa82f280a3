"""What is fuzzed: each function runs some cases of one kind against all that reads them."""

from __future__ import annotations

import json
import logging
import tempfile
import traceback
import tracemalloc
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tb_explain import schema
from tests.fuzz import decoding, logs, records, requests, runs, serving
from tests.fuzz.page import Message, Page, StuckError, in_batches
from tests.fuzz.tally import Tallies, Tally

# Bytes of memory that a record may take per byte of it: JSON's shortest list is one byte long.
MULTIPLE = 100
ALLOWANCE = 2**20  # bytes that any record may take
_BATCH = 200
_THOROUGH = 50  # every so many-th record is also printed, exported, examined
_MEASURED = 500  # every so many-th record is also weighed


def fuzz_records(seed: int, numbers: Iterable[int], folder: Path) -> Tallies:
    """Runs records against Python and the page, by kind of the record they were made from."""
    tallies: Tallies = {}
    page = Page(folder)
    warnings.simplefilter("ignore")
    for batch in in_batches((records.case(seed, number) for number in numbers), _BATCH):
        for case in batch:
            _decode(case, tallies.setdefault(f"Python: {case.kind}", Tally()), seed)
        messages = [Message(case.data, measured=_is(case, _MEASURED)) for case in batch]
        whole = tallies.setdefault("page, seconds", Tally())
        with whole.timed():
            answers = _answers(page, messages)
        for case, answer in zip(batch, answers, strict=True):
            _judge(case, answer, tallies.setdefault(f"page: {case.kind}", Tally()), seed)
        whole.peak = max(whole.peak, page.peak)
    page.close()
    return tallies


def fuzz_runs(seed: int, numbers: Iterable[int], folder: Path) -> Tallies:
    """Has every panel's model make its table of damaged runs, in Node."""
    tally = Tally()
    page = Page(folder)
    for batch in in_batches((runs.case(seed, number) for number in numbers), 20):
        with tally.timed():
            answers = _answers(page, [Message(case.frame(), case.catalog()) for case in batch])
        for case, answer in zip(batch, answers, strict=True):
            if answer is None or "error" in answer:
                tally.fault(f"run {seed}:{case.number} ({case.how})", answer)
            else:
                tally.ends["shown"] += 1
    tally.peak = page.peak
    page.close()
    return {"runs in the panels' models": tally}


def fuzz_logs(seed: int, numbers: Iterable[int]) -> Tallies:
    """Writes damaged event files; runs the command line and the routes over them."""
    files, routes = Tally(), Tally()
    warnings.simplefilter("ignore")
    logging.getLogger("tensorboard").setLevel(logging.CRITICAL)  # it warns of each
    with tempfile.TemporaryDirectory() as scratch, serving.complaints() as complaints:
        folder = Path(scratch, "log")
        for number in numbers:
            how = logs.write(folder, seed, number)
            with files.timed():
                _try(
                    files, f"log {seed}:{number} ({how})", lambda: logs.read(folder, Path(scratch))
                )
            with routes.timed():
                _try(routes, f"log {seed}:{number} ({how})", lambda: serving.Server(folder).walk())
            for complaint in complaints:
                routes.fault(f"log {seed}:{number}", complaint[-300:])
            complaints.clear()
    return {"event files in the command line": files, "event files in the routes": routes}


def fuzz_requests(seed: int, numbers: Iterable[int], logdir: Path) -> Tallies:
    """Asks the routes, in this process, for all sorts of things."""
    tally = Tally()
    server = serving.Server(logdir)
    names, monitors = names_in(server)
    with serving.complaints() as complaints, tally.timed():
        for number in numbers:
            asked = requests.request(seed, number, names, monitors)
            try:
                tally.ends[str(server.ask(asked).status)] += 1
            except Exception as error:  # noqa: BLE001  # every one of them is what is looked for
                tally.fault(f"request {seed}:{number}", error)
        for complaint in complaints:
            tally.fault("a request", complaint[-300:])
    return {"requests in this process": tally}


def names_in(server: serving.Server) -> tuple[Sequence[str], Sequence[str]]:
    """Returns the runs and the monitors that `server` lists."""
    listed = json.loads(server.get("catalog").body)["runs"]
    monitors = {series["monitor"] for run in listed for series in run["series"]}
    return [run["run"] for run in listed], sorted(monitors)


def _is(case: records.Case, every: int) -> bool:
    return case.number // len(records.KINDS) % every == 0


def _decode(case: records.Case, tally: Tally, seed: int) -> None:
    measured = _is(case, _MEASURED)
    if measured:
        tracemalloc.start()
    try:
        with tally.timed():
            decoding.read(case.data, thorough=_is(case, _THOROUGH) and not measured)
        tally.ends["accepted"] += 1
    except schema.RecordError:
        tally.ends["refused"] += 1
    except Exception:  # noqa: BLE001  # every one of them is what is looked for
        tally.fault(f"record {seed}:{case.number} ({case.how})", traceback.format_exc()[-400:])
    finally:
        if measured:
            taken = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            _weigh(case, taken, tally, seed)


def _weigh(case: records.Case, taken: int, tally: Tally, seed: int) -> None:
    multiple = max(0, taken - ALLOWANCE) / max(1, len(case.data))
    tally.multiple = max(tally.multiple, multiple)
    if multiple > MULTIPLE:
        tally.fault(f"record {seed}:{case.number} ({case.how})", f"{taken} bytes")


def _judge(case: records.Case, answer: dict | None, tally: Tally, seed: int) -> None:
    where = f"record {seed}:{case.number} ({case.how})"
    if answer is None or "error" in answer:
        tally.fault(where, answer)
        return
    tally.ends["refused" if "refused" in answer else "accepted"] += 1
    _weigh(case, answer.get("bytes", 0), tally, seed)


def _answers(page: Page, messages: Sequence[Message]) -> list[dict | None]:
    """Returns the page's answers; None to what it died of, or does not come back from."""
    try:
        return list(page.ask(messages))
    except StuckError:
        return [_answer(page, message) for message in messages]


def _answer(page: Page, message: Message) -> dict | None:
    try:
        return page.ask([message])[0]
    except StuckError:
        return None


def _try(tally: Tally, where: str, do: Callable[[], object]) -> None:
    try:
        do()
        tally.ends["read"] += 1
    except Exception:  # noqa: BLE001  # every one of them is what is looked for
        tally.fault(where, traceback.format_exc()[-400:])
