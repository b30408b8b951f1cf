/**
 * The workbench page: puts its parts together.
 */

import { ActivityMeter, watchActivity } from "./activity.js";
import { Api, ApiProblem } from "./api.js";
import { Bench } from "./bench.js";
import { openDialogs } from "./dialogs.js";
import { Drafts } from "./drafts.js";
import { comboOf, Hotkeys, isTyping } from "./hotkeys.js";
import { LeaseKeeper } from "./leases.js";
import { Outbox } from "./outbox.js";
import { PlainForm } from "./plainform.js";
import { View } from "./view.js";
import { Words } from "./words.js";
import { Worksheet } from "./worksheet.js";

const TICK_MILLISECONDS = 1000;
const TODAY_MILLISECONDS = 20_000;

/** @returns {number} seconds since 1970 */
const now = () => Date.now() / 1000;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const facts = JSON.parse(element("facts").dataset.facts ?? "{}");
const words = new Words(facts.words, document.documentElement.lang);
const token = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="csrf-token"]')).content;
const api = new Api({ csrfToken: token });
const meter = new ActivityMeter();
const keys = new Hotkeys();

const view = new View(words, {
  onGoOn: () => bench.goOn(),
  onSkip: () => dialogs.skip(),
  onDelivered: () => today(),
});
const kept = { storage: window.localStorage, person: facts.person_id, now };
const drafts = new Drafts(kept);
const outbox = new Outbox({ ...kept, send, onSettled: (entry, outcome) => bench.settled(entry, outcome) });
const leases = new LeaseKeeper({
  renew: async (due) => (await api.post("/work/api/renewals", {
    leases: due.map(({ assignment_id, lease_token }) => ({ assignment_id, lease_token })),
  })).results,
  wasActive: (at, within) => meter.wasActive(at, within),
  onLost: (assignmentId) => bench.lost(assignmentId),
});
const Sheet = facts.project.label_config ? Worksheet : PlainForm;
const sheet = new Sheet(element("sheet"), facts.project, words, () => bench.changed());
const bench = new Bench({ api, project: facts.project, sheet, leases, drafts, outbox, meter, view, now });
const dialogs = openDialogs({
  words,
  keysOf: () => [...keys.list(), ...sheet.keys()],
  onSkip: (reason) => bench.skip(reason),
  onOpen: (isOpen) => {
    keys.isPaused = isOpen;
    sheet.listen(!isOpen);
  },
});

/** @param {object} answer @returns {Promise<import("./outbox.js").Outcome>} */
async function send(answer) {
  try {
    await api.post("/work/api/answers", answer);
    return { kind: "delivered" };
  } catch (problem) {
    if (!(problem instanceof ApiProblem)) throw problem;
    // A form token of an earlier session, too, is mended by signing in.
    if (problem.isSignedOut || problem.reason === "FORM_FORGED") return { kind: "signed-out" };
    if (problem.isUnreachable) return { kind: "unreachable", retry_seconds: problem.retrySeconds };
    return { kind: "refused", reason: problem.reason, text: problem.text };
  }
}

/** What was done since midnight here. */
async function today() {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  try {
    const answer = await api.get(`/work/api/today?since=${encodeURIComponent(midnight.toISOString())}`);
    element("today").textContent = answer.text;
  } catch (problem) {
    // The figure stays as it was: whether the server answers is said by what matters more.
    if (!(problem instanceof ApiProblem)) throw problem;
  }
}

function bindKeys() {
  keys.bind("ctrl+enter", words.say("key_submit"), () => void bench.submit(), { inFields: true });
  keys.bind(["ctrl+space", "alt+enter"], words.say("key_skip"), () => (bench.hasTask ? dialogs.skip() : false), { inFields: true });
  keys.bind(["h", "f1"], words.say("key_instructions"), () => dialogs.instructions());
  keys.bind("f1", "", () => dialogs.instructions(), { inFields: true });
  keys.bind("?", words.say("key_keys"), () => dialogs.keys());
  keys.bind("ctrl+z", words.say("key_undo"), () => sheet.undo(), { repeats: true });
  keys.bind("ctrl+shift+z", words.say("key_redo"), () => sheet.redo(), { repeats: true });
  keys.listen(window);
  window.addEventListener("keydown", (event) => {
    const mine = !keys.isPaused && bench.isWorking && !isTyping(/** @type {any} */ (event.target));
    if (mine && sheet.handle(comboOf(event))) {
      event.preventDefault();
      bench.changed();
    }
  });
}

function bindButtons() {
  const acts = {
    submit: () => void bench.submit(),
    skip: () => dialogs.skip(),
    undo: () => sheet.undo(),
    redo: () => sheet.redo(),
    delete: () => sheet.deleteSelected(),
    instructions: () => dialogs.instructions(),
    keys: () => dialogs.keys(),
  };
  for (const [name, act] of Object.entries(acts)) {
    for (const button of document.querySelectorAll(`[data-act="${name}"]`)) {
      button.addEventListener("click", () => { act(); bench.changed(); });
    }
  }
}

function bindPage() {
  window.addEventListener("pagehide", () => bench.leave());
  // A page out of the browser's memory holds nothing any more.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) bench.keep(); });
  window.addEventListener("online", () => void outbox.flush({ hurry: true }));
  watchActivity(meter, { now, isPlaying: () => sheet.isPlaying });
}

/** Two pages would work on the same tasks: only one of a browser does. */
async function alone(/** @type {() => Promise<void>} */ work, steal = false) {
  if (!navigator.locks) {
    await work();
    return;
  }
  const name = `crewline-workbench-${facts.person_id}`;
  try {
    await navigator.locks.request(name, steal ? { steal } : { ifAvailable: true }, async (lock) => {
      if (lock === null) {
        view.elsewhere(() => void alone(work, true));
        return;
      }
      await work();
      await new Promise(() => undefined); // until the page goes, or another one takes it
    });
  } catch (problem) {
    if (!(problem instanceof DOMException && problem.name === "AbortError")) throw problem;
    bench.stop();
    view.elsewhere(() => window.location.reload());
  }
}

bindKeys();
bindButtons();
bindPage();
void today();
setInterval(() => { if (!document.hidden) void today(); }, TODAY_MILLISECONDS);
void alone(async () => {
  view.waiting("unreachable", outbox.entries().length);
  setInterval(() => bench.tick(), TICK_MILLISECONDS);
  await bench.begin(() => dialogs.read(facts.project.project_id, facts.project.instructions));
});
