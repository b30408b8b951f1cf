"""What takes more than one request, as plans: posting rows, exports, uploads, waiting."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar

from .answers import malformed, read_json
from .errors import OutOfTime
from .lines import RowBatch
from .messages import ImportContractorResult, PostTasksResponse, Project, ProjectState
from .plans import NDJSON, Plan, Planner, Send, Sink, Sleep
from .progress import OnProgress, Progress
from .reading import ValueSink
from .routes import Route
from .uploads import FileBody

T = TypeVar("T")

ExportFormat = Literal["jsonl", "csv", "parquet", "label_studio", "trl", "sft"]


class RowError(TypedDict):
    """Why one row of a file was refused; `line` is where it stands, counted from 1."""

    row: int
    line: int
    external_id: str
    reason: str
    field: str
    message: str


class TasksUploaded(TypedDict):
    """What became of a file of tasks; `errors` are the first thousand."""

    posted: int
    duplicates: int
    refused: int
    errors: list[RowError]
    errors_truncated: bool


class ContractorsUploaded(TypedDict):
    """What became of a file of contractors; `errors` are the first thousand."""

    created: int
    duplicates: int
    refused: int
    errors: list[RowError]
    errors_truncated: bool


class Media(TypedDict):
    """A file that tasks may show: `uri` goes into their data, `url` shows it for some hours."""

    media_id: str
    uri: str
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    create_time: str
    url: str


UPLOAD_TASKS = Route[TasksUploaded](method="POST", path="/v1/projects/{project_id}/tasks:upload")
UPLOAD_CONTRACTORS = Route[ContractorsUploaded](method="POST", path="/v1/contractors:upload")
UPLOAD_MEDIA = Route[Media](method="POST", path="/v1/media")
POST_TASKS = Route[PostTasksResponse](
    method="POST", path="/v1/projects/{project_id}/tasks", body="tasks"
)
StatementFormat = Literal["pdf", "html", "csv", "json"]
STATEMENT_FILES: dict[StatementFormat, Route[None]] = {
    "pdf": Route(method="GET", path="/v1/statements/{statement_id}:pdf"),
    "html": Route(method="GET", path="/v1/statements/{statement_id}:html"),
    "csv": Route(method="GET", path="/v1/statements/{statement_id}:csv"),
    "json": Route(method="GET", path="/v1/statements/{statement_id}:json"),
}
EXPORT = Route[Any](method="GET", path="/v1/projects/{project_id}/export")
INVOICE_PDF = Route[Any](method="GET", path="/v1/invoices/{paper_id}:pdf")
RECEIPT_PDF = Route[Any](method="GET", path="/v1/receipts/{paper_id}:pdf")
IMPORT_CONTRACTORS = Route[ImportContractorResult](
    method="POST", path="/v1/contractors:import", body="contractors"
)
GET_PROJECT = Route[Project](method="GET", path="/v1/projects/{project_id}", unwrap="project")

ERRORS_KEPT_MAX = 1000
_WAIT_PAUSE_SECONDS_MIN = 0.1
_WAIT_PAUSE_SECONDS_MAX = 2.0
_ENDED = frozenset({"PROJECT_STATE_COMPLETED", "PROJECT_STATE_CANCELLED"})


class TaskPosting:
    """Rows into a project, request by request; each is durable when it is answered."""

    def __init__(self, planner: Planner, project_id: str, *, on_progress: OnProgress) -> None:
        self._planner = planner
        self._call = POST_TASKS.call({"project_id": project_id, "tasks": None})
        self._on_progress = on_progress
        self._batch = RowBatch()
        self.summary = PostTasksResponse(posted=0, duplicates=0, refused=0, errors=[])

    def add(self, row: Any) -> bool:
        """One more row; whether it is time to send. Errors: InvalidRequest."""
        self._batch.add(row)
        return self._batch.is_full

    @property
    def is_due(self) -> bool:
        """Whether something is unsent, or nothing was sent at all: the project is to be checked."""
        return bool(len(self._batch)) or self._batch.first_row == 0

    def send(self) -> Plan[None]:
        """Sends what there is. Safe to repeat: external_id is the key. Errors: CrewlineError."""
        first_row = self._batch.first_row
        body = self._batch.take()
        request = self._planner.request(
            self._call, content_type=NDJSON, chunks=lambda: iter((body,))
        )
        reply = yield from self._planner.persist(self._call, Send(request=request))
        self._add(read_json(reply), first_row=first_row)

    def _add(self, said: PostTasksResponse, *, first_row: int) -> None:
        summary = self.summary
        summary["posted"] += said["posted"]
        summary["duplicates"] += said["duplicates"]
        summary["refused"] += said["refused"]
        room = ERRORS_KEPT_MAX - len(summary["errors"])
        for error in said["errors"][:room]:
            summary["errors"].append({**error, "row": error["row"] + first_row})
        self._on_progress(
            Progress(
                rows=self._batch.first_row,
                posted=summary["posted"],
                duplicates=summary["duplicates"],
                refused=summary["refused"],
            )
        )


class ContractorPosting:
    """Rows of contractors, request by request; each is durable when it is answered."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._call = IMPORT_CONTRACTORS.call({})
        self._batch = RowBatch()
        self.results: list[ImportContractorResult] = []

    def add(self, row: Any) -> bool:
        """One more row; whether it is time to send. Errors: InvalidRequest."""
        self._batch.add(row)
        return self._batch.is_full

    @property
    def is_due(self) -> bool:
        """Whether something is unsent."""
        return bool(len(self._batch))

    def send(self) -> Plan[None]:
        """Sends what there is. Safe to repeat: external_id is the key. Errors: CrewlineError."""
        first_row = self._batch.first_row
        body = self._batch.take()
        request = self._planner.request(
            self._call, accept=NDJSON, content_type=NDJSON, chunks=lambda: iter((body,))
        )
        sink = ValueSink()
        yield from self._planner.persist(self._call, Send(request=request, sink=sink))
        if sink.broken is not None:
            raise self._planner.failure(sink.broken)
        for value in sink.values:
            result: ImportContractorResult = value
            result["row"] += first_row
            self.results.append(result)


def export_results(
    planner: Planner, project_id: str, *, sink: Sink, options: dict[str, Any]
) -> Plan[None]:
    """The whole export into the sink. Errors: CrewlineError."""
    call = EXPORT.call({"project_id": project_id, **options})
    request = planner.request(call, accept="*/*")
    yield from planner.persist(call, Send(request=request, sink=sink))


def save_statement(
    planner: Planner, statement_id: str, *, form: StatementFormat, language: str | None, sink: Sink
) -> Plan[None]:
    """A statement's file into the sink. Errors: CrewlineError."""
    route = STATEMENT_FILES[form]
    call = route.call({"statement_id": statement_id, "language": language})
    request = planner.request(call, accept="*/*")
    yield from planner.persist(call, Send(request=request, sink=sink))


def download(planner: Planner, route: Route[Any], paper_id: str, *, sink: Sink) -> Plan[None]:
    """A whole file into the sink. Errors: CrewlineError."""
    call = route.call({"paper_id": paper_id})
    request = planner.request(call, accept="*/*")
    yield from planner.persist(call, Send(request=request, sink=sink))


def upload_file(
    planner: Planner,
    route: Route[Any],
    arguments: dict[str, Any],
    *,
    path: Path,
    content_type: str,
    on_progress: OnProgress,
) -> Plan[Any]:
    """A whole file as the body of one request. Errors: CrewlineError."""
    body = FileBody(path, on_progress=on_progress)
    call = route.call(arguments)
    request = planner.request(call, content_type=content_type, chunks=body.chunks)
    reply = yield from planner.persist(call, Send(request=request))
    return read_json(reply)


def upload_rows(
    planner: Planner,
    route: Route[T],
    arguments: dict[str, Any],
    *,
    path: Path,
    content_type: str,
    on_progress: OnProgress,
) -> Plan[T]:
    """A file of rows; what the platform says of it in the end.

    A lost connection sends it all again, which is safe: rows that are in are duplicates then.

    Errors:
        CrewlineError: refused, or broken off; rows before are in.
    """
    body = FileBody(path, on_progress=on_progress)

    def tell(value: Any) -> None:
        rows = value.get("rows", 0) if isinstance(value, dict) else 0
        on_progress(
            Progress(
                bytes_done=body.bytes_total,
                bytes_total=body.bytes_total,
                rows=rows,
                attempt=body.attempt,
            )
        )

    call = route.call(arguments)
    request = planner.request(call, accept=NDJSON, content_type=content_type, chunks=body.chunks)
    sink = ValueSink(tell)
    reply = yield from planner.persist(call, Send(request=request, sink=sink))
    if sink.broken is not None:
        raise planner.failure(sink.broken)
    last = sink.values[-1] if sink.values else None
    if not isinstance(last, dict) or "summary" not in last:
        raise malformed(reply)
    summary: T = last["summary"]
    return summary


def wait_for_state(
    planner: Planner,
    project_id: str,
    states: Collection[ProjectState],
    *,
    timeout_seconds: float,
) -> Plan[Project]:
    """The project once it is in one of the states.

    Errors:
        OutOfTime: it is in none of them in time, or will never be: it has ended.
    """
    call = GET_PROJECT.call({"project_id": project_id})
    deadline = planner.now() + timeout_seconds
    pause = _WAIT_PAUSE_SECONDS_MIN
    while True:
        project = yield from planner.ask(call)
        state = project["state"]
        if state in states:
            return project
        if state in _ENDED or planner.now() + pause > deadline:
            wanted = " or ".join(sorted(states))
            raise OutOfTime(
                f"project {project_id} is {state}, not {wanted}",
                reason="PROJECT_STATE_WRONG",
                metadata={"state": state},
            )
        yield Sleep(seconds=pause)
        pause = min(pause * 1.5, _WAIT_PAUSE_SECONDS_MAX)
