// Small conveniences; every page works without them.
"use strict";

const language = document.documentElement.lang;

// Times are written in UTC; here they become the reader's own.
function localTimes(root) {
  const written = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.title = time.textContent;
    time.textContent = written.format(new Date(time.dateTime));
    time.removeAttribute("data-local");
  }
}

function menu() {
  const button = document.querySelector(".menu-button");
  if (!button) return;
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
  });
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  const before = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = before; }, 2000);
}

function download(button) {
  const text = document.getElementById(button.dataset.download).value;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function pickAll(button) {
  const boxes = [...button.form.querySelectorAll('input[type="checkbox"]')];
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
}

document.addEventListener("click", (event) => {
  const saved = event.target.closest("[data-download]");
  if (saved) download(saved);
  const picker = event.target.closest("[data-pick-all]");
  if (picker) pickAll(picker);
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  if (event.target.closest("[data-print]")) window.print();
  // A small form that was opened closes when something else is clicked.
  for (const open of document.querySelectorAll("details.ask[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.ask[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// What was sent is not sent twice by an impatient second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// htmx sends the token in a header.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["x-csrf-token"] = document.querySelector('meta[name="csrf-token"]').content;
});
document.addEventListener("htmx:afterSwap", (event) => localTimes(event.target));

menu();
localTimes(document);
