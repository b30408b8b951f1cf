"""Results out of projects: streamed one by one, or exported whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from ..downloads import FileSink, StreamSink
from ..generated.results import AsyncResultsApi as GeneratedAsync
from ..generated.results import ResultsApi as Generated
from ..messages import Result
from ..operations import ExportFormat, export_results
from ..plans import Planner
from ..progress import OnProgress, ignore
from ..reading import Reading
from ..routes import Route

STREAM_RESULTS = Route[Result](method="GET", path="/v1/projects/{project_id}/results:stream")


class ResultsApi(Generated):
    """Operations on `results`."""

    def stream(self, project_id: str, *, include_data: bool = False) -> Iterator[Result]:
        """Every result of a project, in the order of task_id, in one answer.

        A connection that is lost is made again, and the stream goes on where it was.
        Errors: PROJECT_NOT_FOUND.

        Args:
            project_id: of the project.
            include_data: each result with what its task showed.
        """
        return self._http.stream(_reading(self._http.planner, project_id, include_data))

    def export(
        self,
        project_id: str,
        to: Path | str | BinaryIO,
        *,
        format: ExportFormat = "jsonl",  # noqa: A002 (the name it has in REST)
        answers: Literal["all", "accepted"] = "all",
        prompt_field: str | None = None,
        left_field: str | None = None,
        right_field: str | None = None,
        on_progress: OnProgress = ignore,
    ) -> int:
        """Every result as a file; how many bytes it has.

        A file is there when it is whole, and not before; a lost connection is repeated. Into an
        open stream the export is written as it comes. Errors: PROJECT_NOT_FOUND,
        EXPORT_UNSUPPORTED; FileInvalid.

        Args:
            project_id: of the project.
            to: a path, or a binary stream that is open already.
            format: `trl` and `sft` are for training on preferences and conversations.
            answers: all of them, or only the accepted ones.
            prompt_field: the field of the tasks' data that has the prompt, where it is not clear.
            left_field: the same for the first of two that are compared.
            right_field: the same for the second.
            on_progress: is told how much has come.
        """
        planner = self._http.planner
        options = {
            "format": format,
            "answers": answers,
            "prompt_field": prompt_field,
            "left_field": left_field,
            "right_field": right_field,
        }
        if not isinstance(to, Path | str):
            sink = StreamSink(to, on_progress=on_progress)
            self._http.run(export_results(planner, project_id, sink=sink, options=options))
            return sink.bytes_done
        with FileSink(Path(to), on_progress=on_progress) as file:
            self._http.run(export_results(planner, project_id, sink=file, options=options))
            return file.bytes_done


class AsyncResultsApi(GeneratedAsync):
    """Operations on `results`."""

    def stream(self, project_id: str, *, include_data: bool = False) -> AsyncIterator[Result]:
        """Every result of a project, in the order of task_id, in one answer.

        A connection that is lost is made again, and the stream goes on where it was.
        Errors: PROJECT_NOT_FOUND.

        Args:
            project_id: of the project.
            include_data: each result with what its task showed.
        """
        return self._http.stream(_reading(self._http.planner, project_id, include_data))

    async def export(
        self,
        project_id: str,
        to: Path | str | BinaryIO,
        *,
        format: ExportFormat = "jsonl",  # noqa: A002 (the name it has in REST)
        answers: Literal["all", "accepted"] = "all",
        prompt_field: str | None = None,
        left_field: str | None = None,
        right_field: str | None = None,
        on_progress: OnProgress = ignore,
    ) -> int:
        """Every result as a file; how many bytes it has.

        A file is there when it is whole, and not before; a lost connection is repeated. Into an
        open stream the export is written as it comes. Errors: PROJECT_NOT_FOUND,
        EXPORT_UNSUPPORTED; FileInvalid.

        Args:
            project_id: of the project.
            to: a path, or a binary stream that is open already.
            format: `trl` and `sft` are for training on preferences and conversations.
            answers: all of them, or only the accepted ones.
            prompt_field: the field of the tasks' data that has the prompt, where it is not clear.
            left_field: the same for the first of two that are compared.
            right_field: the same for the second.
            on_progress: is told how much has come.
        """
        planner = self._http.planner
        options = {
            "format": format,
            "answers": answers,
            "prompt_field": prompt_field,
            "left_field": left_field,
            "right_field": right_field,
        }
        if not isinstance(to, Path | str):
            sink = StreamSink(to, on_progress=on_progress)
            await self._http.run(export_results(planner, project_id, sink=sink, options=options))
            return sink.bytes_done
        with FileSink(Path(to), on_progress=on_progress) as file:
            await self._http.run(export_results(planner, project_id, sink=file, options=options))
            return file.bytes_done


def _reading(planner: Planner, project_id: str, include_data: bool) -> Reading[Result]:  # noqa: FBT001
    arguments = {"project_id": project_id, "include_data": include_data or None}
    call = STREAM_RESULTS.call(arguments)
    return Reading(planner, call, key=lambda result: str(result.get("task_id", "")))
