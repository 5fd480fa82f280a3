"""What Python makes of one record: decoded, listed, tabulated, exported, planned from.

A record is refused (a RecordError, which says why) or good for all of these. Anything else that
is raised is a fault of ours.
"""

from __future__ import annotations

import contextlib
import io

from tb_explain import plans, schema
from tb_explain.cli import common, show
from tb_explain.doctor import records as doctor
from tb_explain.doctor.finding import Patient
from tb_explain.exporting import csv, strips
from tb_explain.plan_query import PlanQuery
from tb_explain.planning import Budget, Constraints, PlanError, make_plan
from tb_explain.reading import LoadedRecord, Run, Runs, Series, checks, npz
from tb_explain.reading.runs import Decoded

REFUSED = (schema.RecordError,)


def read(data: bytes, *, thorough: bool) -> schema.Record:
    """Returns the record in `data`, after using it for everything; `thorough`: for the slow too.

    Raises:
      RecordError: it was refused.
    """
    record = schema.unpack(data)
    checks.check(record)
    series = Series("run", "tag", record.kind, record.monitor, lambda: _decoded(record))
    series.siblings = Run("run", [series])
    for use in USES if thorough else (arrays, sensitivity):
        use(series)
    return record


def arrays(series: Series) -> None:
    """Brings every array into its unit."""
    assert len(series.steps) == len(series.epochs) == len(series.wall_times) == 1
    assert all(array.ndim >= 0 for array in series[0].arrays.values())


def text(series: Series) -> None:
    """Prints it, as `tb-explain show` and `list` do."""
    with contextlib.redirect_stdout(io.StringIO()):
        show._print(series, series[0], rows=20)
        common.print_table(("run",), [(series.run,)])
    assert sum(map(len, show._as_json(series[0])))


def table(series: Series) -> None:
    """Writes it as CSV."""
    csv.save(series, io.StringIO(), ())


def numpy_file(series: Series) -> None:
    """Writes it as NPZ, and reads that again."""
    buffer = io.BytesIO()
    npz.save([series], buffer)


def film_strip(series: Series) -> None:
    """Draws its maps."""
    if series.kind in strips.KINDS:
        with contextlib.suppress(strips.TooManyTilesError):
            assert all(strip.png for strip in strips.strips(series))


def examined(series: Series) -> None:
    """Has the doctor look at it."""
    patient = Patient("logs", None)
    vars(patient)["runs"] = Runs([series.siblings])  # as if it had been read
    for check in (
        doctor.missing_records,
        doctor.gaps,
        doctor.different_samples,
        doctor.unreadable_records,
        doctor.widened_schedules,
    ):
        assert all(finding.what for finding in check(patient))


def sensitivity(series: Series) -> None:
    """Plans from it, as the route does."""
    record = series[0].stored
    if record.kind != plans.KIND:
        return
    query = PlanQuery(
        "run", record.monitor, record.step, Budget("macs", 0.5), "uniform", Constraints()
    )
    try:
        _, found = plans._decoded(schema.pack(record), query)
        for allocator in ("sensitivity", "uniform", "lamp"):
            make_plan(found, Budget("parameters", 0.5), allocator).to_json()
    except (plans.errors.PublicError, PlanError):
        return


USES = (arrays, text, table, numpy_file, film_strip, examined, sensitivity)


def _decoded(record: schema.Record) -> Decoded:
    return Decoded((LoadedRecord(record, 1.8e9),))
