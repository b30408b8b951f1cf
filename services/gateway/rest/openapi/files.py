"""What no proto describes: files in and out. Written by hand, in the shapes of the rest."""

from __future__ import annotations

from typing import Any

from services.gateway.rest.elements import JSON, NDJSON
from services.gateway.rest.openapi.constraints import Schema
from services.gateway.rest.openapi.refusals import refusals

_TAG = "files"
_SECURITY: list[dict[str, list[str]]] = [{"api_key": []}, {"bearer": []}]
_BINARY: Schema = {}
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "format": "int64", "minimum": 0}

MEDIA: Schema = {
    "type": "object",
    "description": "A file that tasks may show: write its `uri` where the data names an image, a"
    " sound or a video.",
    "required": ["media_id", "uri", "filename", "content_type", "size_bytes", "sha256",
                 "create_time", "url"],
    "properties": {
        "media_id": _TEXT,
        "uri": {"type": "string", "description": "crewline-media:..., for the data of tasks."},
        "filename": _TEXT,
        "content_type": {"type": "string", "description": "As told from the bytes."},
        "size_bytes": _COUNT,
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "create_time": {"type": "string", "format": "date-time"},
        "url": {"type": "string", "description": "A signed link that ends."},
    },
}  # fmt: skip
MEDIA_PAGE: Schema = {
    "type": "object",
    "required": ["media", "next_page_token"],
    "properties": {
        "media": {"type": "array", "items": {"$ref": "#/components/schemas/Media"}},
        "next_page_token": _TEXT,
    },
}
UPLOAD: Schema = {
    "type": "object",
    "description": "What came of the rows of a file.",
    "required": ["duplicates", "refused", "errors", "errors_truncated"],
    "properties": {
        "posted": {**_COUNT, "description": "Tasks that are new."},
        "created": {**_COUNT, "description": "Contractors that are new."},
        "duplicates": {**_COUNT, "description": "Rows that were there already, unchanged."},
        "refused": _COUNT,
        "errors": {
            "type": "array",
            "description": "The first thousand refused rows.",
            "items": {
                "type": "object",
                "required": ["row", "line", "external_id", "reason", "field", "message"],
                "properties": {
                    "row": {**_COUNT, "description": "Counted from 0."},
                    "line": {**_COUNT, "description": "Of the file, or the record's number."},
                    "external_id": _TEXT,
                    "reason": _TEXT,
                    "field": _TEXT,
                    "message": _TEXT,
                },
            },
        },
        "errors_truncated": {"type": "boolean"},
    },
}
SCHEMAS: dict[str, Schema] = {"Media": MEDIA, "MediaPage": MEDIA_PAGE, "UploadResult": UPLOAD}

_UPLOAD_BODY: dict[str, Any] = {
    "required": True,
    "description": "JSON Lines, a JSON array, CSV with a header, Parquet, or any of these as the"
    " one file of a form; `format` says which where the media type does not.",
    "content": {
        NDJSON: {"schema": _TEXT},
        JSON: {"schema": {"type": "array", "items": {"type": "object"}}},
        "text/csv": {"schema": _TEXT},
        "application/vnd.apache.parquet": {"schema": _BINARY},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "contentMediaType": "*/*"}},
            }
        },
    },
}


def paths() -> dict[str, dict[str, Any]]:
    """By path, by method."""
    project = _path("project_id", "prj_06h1z2k9d8s7c3407us39vtg")
    receipt = _path("paper_id", "rcp_06h1z2k9d8s7c3407us39vtg")
    invoice = _path("paper_id", "inv_06h1z2k9d8s7c3407us39vtg")
    media = _path("media_id", "med_06h1z2k9d8s7c3407us39vtg")
    page = [_query("page_size", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}),
            _query("page_token", {"type": "string", "maxLength": 512})]  # fmt: skip
    named = _query("format", {"type": "string", "enum": ["jsonl", "json", "csv", "parquet"]})
    filename = _query("filename", {"type": "string", "maxLength": 200})
    any_file = {"required": True, "content": {"application/octet-stream": {"schema": _BINARY}}}
    return {
        "/v1/projects/{project_id}/tasks:upload": {
            "post": _operation(
                "UploadTasks", "A file of tasks", _UPLOADED.format("tasks"), ["CLIENT"],
                [project, named], _uploaded(), body=_UPLOAD_BODY,
            )
        },
        "/v1/contractors:upload": {
            "post": _operation(
                "UploadContractors", "A file of contractors", _UPLOADED.format("contractors"),
                ["OPERATOR", "VENDOR"], [named], _uploaded(), body=_UPLOAD_BODY,
            )
        },
        "/v1/projects/{project_id}/export": {
            "get": _operation(
                "ExportResults", "A project's results as a file", _EXPORT, ["CLIENT", "OPERATOR"],
                [project, *_export_parameters()], {"200": _file("The file.")},
            )
        },
        **{
            f"/v1/statements/{{statement_id}}:{form}": {
                "get": _operation(
                    f"GetStatement{form.capitalize()}", f"A statement as {form.upper()}",
                    _STATEMENT, ["OPERATOR", "VENDOR", "CONTRACTOR"],
                    [_path("statement_id", "pp_000001.contractor.ctr_06h1z2k9d8s7.USD"),
                     _query("language", {"type": "string", "enum": ["en", "fr"]})],
                    {"200": {"description": "The file.", "content": {kind: {"schema": _BINARY}}}},
                )
            }
            for form, kind in _STATEMENT_FILES.items()
        },
        "/v1/receipts/{paper_id}:pdf": {
            "get": _operation(
                "GetReceiptPdf", "A receipt as PDF", _PAPER, ["CLIENT", "OPERATOR"], [receipt],
                {"200": _pdf()},
            )
        },
        "/v1/invoices/{paper_id}:pdf": {
            "get": _operation(
                "GetInvoicePdf", "An invoice or credit note as PDF", _PAPER,
                ["CLIENT", "OPERATOR"], [invoice], {"200": _pdf()},
            )
        },
        "/v1/media": {
            "post": _operation(
                "UploadMedia", "A file that tasks may show",
                "The same bytes are kept once: a repeat gets the file that is there.",
                ["CLIENT"], [filename],
                {"200": _json("It was there.", "Media"), "201": _json("It is new.", "Media")},
                body=any_file,
            ),
            "get": _operation(
                "ListMedia", "The client's files, newest first", "", ["CLIENT"], page,
                {"200": _json("Done.", "MediaPage")},
            ),
        },
        "/v1/media/{media_id}": {
            "get": _operation(
                "GetMedia", "One file, with a link to it", "Errors: MEDIA_NOT_FOUND.", ["CLIENT"],
                [media], {"200": _json("Done.", "Media")},
            ),
            "delete": _operation(
                "DeleteMedia", "The file is gone, and its links with it",
                "Errors: MEDIA_NOT_FOUND. A repeat changes nothing more.", ["CLIENT"], [media],
                {"204": {"description": "Gone."}},
            ),
        },
    }  # fmt: skip


_STATEMENT_FILES = {
    "pdf": "application/pdf", "html": "text/html", "csv": "text/csv", "json": JSON,
}  # fmt: skip
_STATEMENT = (
    "Made from what was frozen with the statement: the same bytes whenever it is asked for. The"
    " SHA-256 of the JSON is the statement's `document_hash`. A vendor's contractor gets the own"
    " part. Errors: STATEMENT_NOT_FOUND, STATEMENT_ALTERED, PAPER_TOO_LARGE, PAPER_DELAYED."
)
_UPLOADED = (
    "Any number of {} in one file. A bad row is told with its line and costs the others nothing;"
    " rows that are there already are duplicates, so a file may be sent again. Where Accept asks"
    f" for `{NDJSON}`, counts of rows come while they go in, and the result in the last line."
)
_EXPORT = (
    "Results as they are now, in one of the formats that others read. A file that breaks off has"
    " no end, which HTTP clients tell as an error. Errors: PROJECT_NOT_FOUND, EXPORT_UNSUPPORTED."
)

_PAPER = (
    "Made of the frozen content, the same bytes every time. Errors: PAPER_NOT_FOUND,"
    " PAPER_ALTERED, PAPER_TOO_LARGE, PAPER_DELAYED."
)


def _operation(  # noqa: PLR0917 (a table of them reads best in columns)
    name: str,
    summary: str,
    description: str,
    roles: list[str],
    parameters: list[dict[str, Any]],
    answers: dict[str, Any],
    *,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    for_whom = "For " + ", ".join(f"`{role}`" for role in roles) + "."
    found: dict[str, Any] = {
        "operationId": name,
        "tags": [_TAG],
        "summary": summary,
        "description": "\n\n".join(part for part in (description, for_whom) if part),
        "security": _SECURITY,
        "x-roles": roles,
    }
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        found["requestBody"] = body
    refused = refusals(public=False, has_body=body is not None, has_key=False)
    found["responses"] = {**answers, **refused}
    return found


def _export_parameters() -> list[dict[str, Any]]:
    formats = ["jsonl", "csv", "parquet", "label_studio", "trl", "sft"]
    text: Schema = {"type": "string", "maxLength": 64}
    return [
        _query("format", {"type": "string", "enum": formats, "default": "jsonl"}),
        _query("answers", {"type": "string", "enum": ["all", "accepted"], "default": "all"}),
        *(_query(name, text) for name in ("prompt_field", "left_field", "right_field")),
    ]


def _path(name: str, example: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _query(name: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _json(description: str, name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": description, "content": {JSON: {"schema": schema}}}


def _uploaded() -> dict[str, Any]:
    answer = _json("All rows were read.", "UploadResult")
    answer["content"][NDJSON] = {"schema": _TEXT}
    return {"200": answer}


def _pdf() -> dict[str, Any]:
    return {"description": "The file.", "content": {"application/pdf": {"schema": _BINARY}}}


def _file(description: str) -> dict[str, Any]:
    kinds = (NDJSON, JSON, "text/csv", "application/vnd.apache.parquet")
    return {"description": description, "content": {kind: {"schema": _BINARY} for kind in kinds}}
