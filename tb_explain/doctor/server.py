"""What a running TensorBoard shows of the log directory, and what it does not."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tb_explain import schema
from tb_explain.doctor.finding import Finding, Patient
from tb_explain.reading import Series

PATIENCE = 10  # seconds for one answer
OVERDUE = 60  # seconds after which TensorBoard, which reloads every 5, should show a record
_RESTART = "Stop that TensorBoard and start it with: tensorboard --logdir"


def server(patient: Patient) -> Iterator[Finding]:
    """Finds that a running TensorBoard has no tab, another directory, or fewer records."""
    if patient.url is None:
        return
    if not patient.url.startswith(("http://", "https://")):
        cure = "Give the address as the browser shows it, such as http://localhost:6006."
        yield Finding("server", "error", patient.url, "This is no address of a server.", cure)
        return
    try:
        yield from _of_server(patient, patient.url.split("#")[0].rstrip("/"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"No TensorBoard answers there: {getattr(error, 'reason', error)}."
        cure = "Is it running, and is its --path_prefix part of the address?"
        yield Finding("server", "error", patient.url, what, cure)


def _of_server(patient: Patient, url: str) -> Iterator[Finding]:
    listed = _get(f"{url}/data/plugins_listing").get(schema.SERIES_PLUGIN)
    location = str(_get(f"{url}/data/environment").get("data_location", ""))
    elsewhere = location and not _same(location, patient.directory)
    if elsewhere:
        what = f"It shows {location}, not {patient.directory}."
        yield Finding("server", "error", url, what, f"{_RESTART} {patient.directory!r}.")
    if listed is None:
        what = "It has no plugin tb_explain: it runs in another environment, or was started before."
        cure = (
            "Start it again from the environment in which tb-explain is installed: "
            "python -m tensorboard.main --logdir ..."
        )
        yield Finding("server", "error", url, what, cure)
    elif not elsewhere:
        catalog = _get(f"{url}/data/plugin/{schema.SERIES_PLUGIN}/catalog")
        yield from _stale(patient, url, catalog)
        yield from _sampled(patient, url, catalog)


def _stale(patient: Patient, url: str, catalog: Mapping[str, Any]) -> Iterator[Finding]:
    shown = {
        (entry["run"], series["tag"]): series["last_step"]
        for entry in catalog["runs"]
        for series in entry["series"]
    }
    for name, run in patient.runs.items():
        for tag, series in run.items():
            newest = max(series.records, key=lambda record: record.step, default=None)
            overdue = newest is not None and time.time() - newest.wall_time > OVERDUE
            if newest is not None and overdue and shown.get((name, tag), -1) < newest.step:
                last = shown.get((name, tag))
                what = (
                    f"It shows {tag} up to step {last}, the files hold step {newest.step}."
                    if last is not None
                    else f"It does not show {tag}, which the files hold up to step {newest.step}."
                )
                cure = (
                    "Start it without --reload_interval=0 (which never looks again), and let one "
                    "logger write to each directory; pressing Reload reads once."
                )
                yield Finding("server", "error", f"{url}, {name}", what, cure)
                break


def _sampled(patient: Patient, url: str, catalog: Mapping[str, Any]) -> Iterator[Finding]:
    from tb_explain.panels import PANELS

    for entry in catalog["runs"]:
        run: Mapping[str, Series] = patient.runs.get(entry["run"], {})
        query = urllib.parse.urlencode({"run": entry["run"]})
        fewer: dict[str, tuple[int, int]] = {}
        for panel in PANELS:
            address = f"{url}/data/plugin/{schema.SERIES_PLUGIN}/panel/{panel}?{query}"
            for series in _frame_header(address)["series"]:
                held = run.get(series["tag"], ())
                upto = {r["step"] for r in series["records"]}
                due = [record for record in held if record.step <= max(upto, default=-1)]
                monitor = series["tag"].partition("/")[0]
                shown_and_held = (len(upto), len(due))
                # Of a monitor's series the one of which least is shown speaks for all.
                if len(upto) < len(due):
                    fewer[monitor] = min(shown_and_held, fewer.get(monitor, shown_and_held))
        if fewer:
            words = ", ".join(f"{name}: {shown} of {held}" for name, (shown, held) in fewer.items())
            what = f"It shows only a sample of the steps: {words}."
            cure = (
                f"{_RESTART} ... --samples_per_plugin={schema.SERIES_PLUGIN}=1000000,"
                f"{schema.BLOBS_PLUGIN}=1000000, or without that flag at all."
            )
            yield Finding("server", "warning", f"{url}, {entry['run']}", what, cure)


def _same(location: str, directory: str) -> bool:
    if "://" in location or "://" in directory:
        return location.rstrip("/") == directory.rstrip("/")
    return Path(location).resolve() == Path(directory).resolve()


def _get(address: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_body(address))
    return answer


def _frame_header(address: str) -> dict[str, Any]:
    body = _body(address)
    length = int.from_bytes(body[8:12], "little")
    header: dict[str, Any] = json.loads(body[16 : 16 + length])
    return header


def _body(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310  # http only, checked above
        body: bytes = answer.read()
        return body
