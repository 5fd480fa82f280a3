"""A log that was read, in the shape of TensorBoard's data provider, with every step.

So that what serves the page (reader.py, panels/, routes.py) serves scripts and reports too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from tensorboard import errors
from tensorboard.data import provider

from tb_explain.reading.log import Log, LoggedTag

T = TypeVar("T")


class LogProvider(provider.DataProvider):
    """Hands out the records of `log`; knows one experiment, whatever it is called."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def experiment_metadata(
        self, _ctx: Any = None, *, experiment_id: str
    ) -> provider.ExperimentMetadata:
        """Returns where the log lies."""
        del experiment_id
        return provider.ExperimentMetadata(data_location=self._log.directory)

    def list_runs(self, _ctx: Any = None, *, experiment_id: str) -> list[provider.Run]:
        """Returns all runs, also those that hold nothing of ours."""
        del experiment_id
        return [provider.Run(name, name, run.start_time) for name, run in self._log.runs.items()]

    def list_tensors(
        self,
        _ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        run_tag_filter: provider.RunTagFilter | None = None,
    ) -> Mapping[str, Mapping[str, provider.TensorTimeSeries]]:
        """Returns what is known of the light series, by run and tag."""
        del experiment_id
        return self._by_run(
            plugin_name, run_tag_filter, lambda tag: provider.TensorTimeSeries(**_about(tag))
        )

    def read_tensors(
        self,
        _ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        downsample: int | None = None,
        run_tag_filter: provider.RunTagFilter | None = None,
    ) -> Mapping[str, Mapping[str, list[provider.TensorDatum]]]:
        """Returns the records of light series."""
        del experiment_id, downsample
        return self._by_run(plugin_name, run_tag_filter, _tensors)

    def list_blob_sequences(
        self,
        _ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        run_tag_filter: provider.RunTagFilter | None = None,
    ) -> Mapping[str, Mapping[str, provider.BlobSequenceTimeSeries]]:
        """Returns what is known of the heavy series, by run and tag."""
        del experiment_id

        def described(tag: LoggedTag) -> provider.BlobSequenceTimeSeries:
            longest = max(len(value.strings) for value in tag.values)
            return provider.BlobSequenceTimeSeries(**_about(tag), max_length=longest)

        return self._by_run(plugin_name, run_tag_filter, described)

    def read_blob_sequences(
        self,
        _ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        downsample: int | None = None,
        run_tag_filter: provider.RunTagFilter | None = None,
    ) -> Mapping[str, Mapping[str, list[provider.BlobSequenceDatum]]]:
        """Returns the keys of the records of heavy series."""
        del experiment_id, downsample
        found = self._by_run(plugin_name, run_tag_filter, lambda tag: tag)
        return {
            run: {name: _references(run, name, tag) for name, tag in tags.items()}
            for run, tags in found.items()
        }

    def read_blob(self, _ctx: Any = None, *, blob_key: str) -> bytes:
        """Returns the record of `blob_key`.

        Raises:
          NotFoundError: there is none.
        """
        try:
            run, tag, index, place = json.loads(blob_key)
            value = self._log.runs[run].tags[tag].values[index]
            return bytes(value.strings[place])
        except (ValueError, LookupError, TypeError) as error:
            raise errors.NotFoundError(f"no blob {blob_key[:200]!r}") from error

    def list_scalars(self, *_args: Any, **_named: Any) -> Mapping[str, Any]:
        """Returns nothing: scalars are not ours."""
        return {}

    read_scalars = read_last_scalars = list_scalars

    def _by_run(
        self,
        plugin: str,
        asked: provider.RunTagFilter | None,
        make: Callable[[LoggedTag], Any],
    ) -> dict[str, dict[str, Any]]:
        """Returns what `make` makes of each tag of `plugin` that is `asked` for."""
        found: dict[str, dict[str, Any]] = {}
        for run, logged in _chosen(self._log.runs, asked.runs if asked else None):
            for name, tag in _chosen(logged.tags, asked.tags if asked else None):
                if tag.plugin == plugin and tag.values:
                    found.setdefault(run, {})[name] = make(tag)
        return found


def _chosen(named: Mapping[str, T], names: Container[str] | None) -> Iterable[tuple[str, T]]:
    """Returns what is asked for: of a few among many without a look at all."""
    if names is None:
        return named.items()
    few = names if isinstance(names, Collection) and len(names) < len(named) else named
    return [(name, named[name]) for name in few if name in named and name in names]


def _about(tag: LoggedTag) -> dict[str, Any]:
    return {
        "max_step": max(value.step for value in tag.values),
        "max_wall_time": max(value.wall_time for value in tag.values),
        "plugin_content": tag.content,
        "description": "",
        "display_name": "",
    }


def _tensors(tag: LoggedTag) -> list[provider.TensorDatum]:
    return [
        provider.TensorDatum(value.step, value.wall_time, np.array(value.strings, dtype=object))
        for value in tag.values
    ]


def _references(run: str, name: str, tag: LoggedTag) -> list[provider.BlobSequenceDatum]:
    def keys(index: int, count: int) -> tuple[provider.BlobReference, ...]:
        return tuple(
            provider.BlobReference(json.dumps([run, name, index, place])) for place in range(count)
        )

    return [
        provider.BlobSequenceDatum(value.step, value.wall_time, keys(index, len(value.strings)))
        for index, value in enumerate(tag.values)
    ]
