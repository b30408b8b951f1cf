// Files go as they are, of any length; what became of their rows comes back line by line.
"use strict";

const LINES = "application/x-ndjson";
const KINDS = {
  csv: "text/csv", jsonl: LINES, ndjson: LINES, json: "application/json", parquet: "application/vnd.apache.parquet",
};
const MEDIA_AT_ONCE = 3;
const ERRORS_SHOWN_MAX = 1000;

const proof = () => document.querySelector('meta[name="csrf-token"]').content;

class Report {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
  }

  clear() { this.root.replaceChildren(); }

  line(text, tone) {
    const line = document.createElement("p");
    line.textContent = text;
    if (tone) line.className = `alert ${tone}`;
    this.root.append(line);
    return line;
  }

  progress() {
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", this.words.sending);
    this.root.append(bar);
    return bar;
  }

  summary(found) {
    const parts = [];
    for (const name of ["posted", "created", "duplicates", "refused"]) {
      if (found[name] !== undefined) parts.push(`${this.words[name]} ${found[name]}`);
    }
    this.line(parts.join(" · "), found.refused ? "warn" : "good");
    if (found.errors.length) this.errors(found.errors.slice(0, ERRORS_SHOWN_MAX));
    if (found.errors_truncated) this.line(this.words.more);
  }

  errors(errors) {
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const word of [this.words.line, this.words.field, this.words.what]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = word;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const error of errors) {
      const row = body.insertRow();
      for (const text of [error.line ?? "", error.field ?? "", error.message]) {
        row.insertCell().textContent = text;
      }
    }
    const scrolls = document.createElement("div");
    scrolls.className = "scrolls";
    scrolls.append(table);
    this.root.append(scrolls);
  }
}

// Resolves with what came of the rows; a summary or a problem.
function sendRows(address, body, kind, report) {
  return new Promise((resolve) => {
    const bar = report.progress();
    const count = report.line(report.words.sending);
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("accept", "application/x-ndjson");
    request.setRequestHeader("x-csrf-token", proof());
    request.setRequestHeader("content-type", kind);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total) bar.value = event.loaded / event.total;
    });
    const lines = () => request.responseText.split("\n").filter(Boolean);
    request.addEventListener("progress", () => {
      const whole = request.responseText.lastIndexOf("\n");
      if (whole < 0) return;
      const last = JSON.parse(request.responseText.slice(0, whole).split("\n").pop());
      if (last.rows !== undefined) count.textContent = `${report.words.rows} ${last.rows}`;
    });
    const end = (found) => { bar.remove(); count.remove(); resolve(found); };
    request.addEventListener("error", () => end({ problem: { detail: report.words.broken } }));
    request.addEventListener("load", () => {
      try {
        end(JSON.parse(lines().pop()));
      } catch {
        end({ problem: { detail: report.words.broken } });
      }
    });
    request.send(body);
  });
}

function show(report, found) {
  if (found.summary) report.summary(found.summary);
  else report.line(found.problem.detail, "bad");
}

// The list beneath shows what has come.
async function refreshList() {
  const list = document.getElementById("after-upload");
  if (!list) return;
  const response = await fetch(window.location.href);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  list.replaceChildren(...page.getElementById("after-upload").childNodes);
}

async function sendFile(form) {
  const report = new Report(form.querySelector(".upload-report"));
  const file = form.elements.file.files[0];
  const kind = KINDS[file.name.split(".").pop().toLowerCase()];
  report.clear();
  if (!kind) { report.line(report.words.kind, "bad"); return; }
  show(report, await sendRows(form.action, file, kind, report));
}

async function sendOne(form, file) {
  const response = await fetch(`${form.action}?filename=${encodeURIComponent(file.name)}`, {
    method: "POST",
    body: file,
    headers: { accept: "application/json", "x-csrf-token": proof(), "content-type": file.type || "application/octet-stream" },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

async function sendMedia(form) {
  const report = new Report(form.querySelector(".upload-report"));
  const files = [...form.elements.file.files];
  const { mediaField, uploadMedia } = form.dataset;
  report.clear();
  const bar = report.progress();
  const rows = [], errors = [];
  let next = 0, done = 0;
  const worker = async () => {
    while (next < files.length) {
      const file = files[next];
      next += 1;
      try {
        const media = await sendOne(form, file);
        rows.push({ external_id: file.name, data: { [mediaField]: media.uri } });
      } catch (error) {
        errors.push({ line: file.name, message: error.message });
      }
      done += 1;
      bar.value = done / files.length;
    }
  };
  await Promise.all(Array.from({ length: MEDIA_AT_ONCE }, worker));
  bar.remove();
  if (errors.length) report.errors(errors);
  if (!rows.length) return;
  const body = rows.map((row) => JSON.stringify(row)).join("\n");
  show(report, await sendRows(uploadMedia, body, LINES, report));
}

// One at a time: the button waits until the report is there.
async function once(form, send) {
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try { await send(form); await refreshList(); } finally { button.disabled = false; }
}

for (const form of document.querySelectorAll("form[data-upload], form[data-upload-media]")) {
  const send = form.dataset.uploadMedia ? sendMedia : sendFile;
  form.addEventListener("submit", (event) => { event.preventDefault(); once(form, send); });
}
