/**
 * The course of work: which task is on the page, which comes next, and what becomes of answers.
 */

import { ApiProblem } from "./api.js";
import { EditorFailed } from "./editor.js";
import { preload } from "./preload.js";

/** The one on the page, and the next. */
const HELD = 2;
const DRAFT_DELAY_MILLISECONDS = 400;
const ASK_AGAIN_SECONDS_MIN = 5;
const ASK_AGAIN_SECONDS_MAX = 60;
const LEFT = "left the workbench before it was shown";

/**
 * @typedef {object} Task
 * @property {string} assignment_id
 * @property {string} task_id
 * @property {string} lease_token
 * @property {string} ticket what proves the time of the claim
 * @property {number} seconds_left
 * @property {Record<string, unknown>} data
 */

/** One person at one project. */
export class Bench {
  /** @type {Task | null} */
  #current = null;
  /** @type {Task[]} */
  #next = [];
  /**
   * The one that the sheet shows: until it does, what is on the sheet is nobody's answer.
   * @type {Task | null}
   */
  #shown = null;
  #isBusy = false;
  #isOver = false;
  #isFilling = false;
  #isReading = false;
  /** Seconds that the person read the instructions: they count for the first task. */
  #readSeconds = 0;
  #askAt = Infinity;
  #askAfter = ASK_AGAIN_SECONDS_MIN;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saving = undefined;

  /**
   * @param {object} given
   * @param {import("./api.js").Api} given.api
   * @param {{project_id: string, lease_seconds: number}} given.project
   * @param {any} given.sheet a Worksheet or a PlainForm
   * @param {import("./leases.js").LeaseKeeper} given.leases
   * @param {import("./drafts.js").Drafts} given.drafts
   * @param {import("./outbox.js").Outbox} given.outbox
   * @param {import("./activity.js").ActivityMeter} given.meter
   * @param {import("./view.js").View} given.view
   * @param {() => number} given.now seconds since 1970
   */
  constructor({ api, project, sheet, leases, drafts, outbox, meter, view, now }) {
    this.api = api;
    this.project = project;
    this.sheet = sheet;
    this.leases = leases;
    this.drafts = drafts;
    this.outbox = outbox;
    this.meter = meter;
    this.view = view;
    this.now = now;
  }

  /** Whether there is one to give back: also one that cannot be shown. */
  get hasTask() {
    return this.#current !== null && !this.#isBusy;
  }

  get isWorking() {
    return this.hasTask && this.#shown === this.#current;
  }

  /**
   * Claims, has the instructions read, and shows the first task. Reading them is work: the first
   * task is held meanwhile, and the time counts for it.
   * @param {() => Promise<void>} read
   */
  async begin(read) {
    this.drafts.prune();
    await this.#fill();
    this.#isReading = true;
    this.meter.start(this.now());
    await read();
    this.#readSeconds = this.meter.seconds(this.now());
    this.#isReading = false;
    await this.#advance();
  }

  /** About once a second. */
  tick() {
    if (this.#isOver) return;
    const now = this.now();
    void this.leases.tick(now);
    void this.outbox.flush();
    if (this.#current !== null) {
      const id = this.#current.assignment_id;
      this.view.lease(this.leases.secondsLeft(id, now), this.leases.isEnding(id, now));
    }
    if (now >= this.#askAt && !this.#isReading) void this.#again();
  }

  /** Something on the page changed: kept in a moment. */
  changed() {
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.keep(), DRAFT_DELAY_MILLISECONDS);
  }

  /** Keeps the draft now. */
  keep() {
    clearTimeout(this.#saving);
    if (!this.isWorking || this.#current === null) return;
    const answer = this.sheet.answer();
    if (isEmpty(answer) && this.drafts.find(this.#current.assignment_id, this.#current.task_id) === undefined) return;
    const kept = this.drafts.save({
      assignment_id: this.#current.assignment_id,
      task_id: this.#current.task_id,
      answer,
      seconds: this.meter.seconds(this.now()),
    });
    this.view.kept(kept);
  }

  /** Sends the answer and goes on to the next task. */
  async submit() {
    if (!this.isWorking || this.#current === null) return;
    const task = this.#current;
    const missing = this.sheet.missing();
    if (missing.length > 0) {
      this.view.missing(missing);
      return;
    }
    if (this.outbox.isFull) {
      this.view.outboxFull();
      return;
    }
    this.keep();
    this.#busy(true);
    const answer = {
      assignment_id: task.assignment_id,
      lease_token: task.lease_token,
      ticket: task.ticket,
      active_seconds: Math.round(this.meter.seconds(this.now()) * 10) / 10,
      ...this.sheet.answer(),
    };
    const outcome = await this.outbox.deliver({
      assignment_id: task.assignment_id, task_id: task.task_id, answer,
    });
    this.#busy(false);
    if (outcome.kind === "refused") {
      await this.#refused(task, outcome);
      return;
    }
    if (outcome.kind === "delivered") this.#delivered(task);
    this.leases.drop(task.assignment_id);
    this.#current = null;
    this.view.sent(outcome.kind, this.outbox.entries().length);
    await this.#advance();
  }

  /**
   * Gives the task back.
   * @param {string} reason
   */
  async skip(reason) {
    if (this.#current === null || this.#isBusy) return;
    const task = this.#current;
    this.#busy(true);
    try {
      await this.api.post("/work/api/releases", { leases: [leaseOf(task)], reason });
    } catch (problem) {
      this.#busy(false);
      if (!(problem instanceof ApiProblem) || problem.isUnreachable || problem.isSignedOut) {
        this.view.trouble(problem);
        return;
      }
    }
    this.#busy(false);
    this.drafts.forget(task.assignment_id, task.task_id);
    this.leases.drop(task.assignment_id);
    this.#current = null;
    await this.#advance();
  }

  /**
   * A hold has ended.
   * @param {string} assignmentId
   */
  lost(assignmentId) {
    this.#next = this.#next.filter((task) => task.assignment_id !== assignmentId);
    if (this.#current?.assignment_id !== assignmentId || this.#isBusy) return;
    this.keep();
    const answer = this.sheet.answer();
    this.#current = null;
    this.sheet.close();
    this.view.lost(isEmpty(answer) ? "" : wordsOf(answer));
  }

  /** After a lost lease, or when the person asks: whatever there is now. */
  async goOn() {
    await this.#fill();
    await this.#advance();
  }

  /**
   * An answer that had to wait was taken or refused.
   * @param {import("./outbox.js").Entry} entry
   * @param {import("./outbox.js").Outcome} outcome
   */
  settled(entry, outcome) {
    if (outcome.kind === "delivered") this.#delivered(entry);
    this.view.settled(outcome, this.outbox.entries().length, wordsOf(entry.answer));
  }

  /** The page goes away: what was never shown is given back, so that nobody waits for it. */
  leave() {
    this.keep();
    const unseen = this.#next.splice(0);
    for (const task of unseen) this.leases.drop(task.assignment_id);
    if (unseen.length > 0) {
      this.api.parting("/work/api/releases", { leases: unseen.map(leaseOf), reason: LEFT, unseen: true });
    }
  }

  /** Another page has taken over. */
  stop() {
    this.keep();
    this.#isOver = true;
    this.#current = null;
    this.#next = [];
    this.sheet.close();
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.#isBusy = isBusy;
    this.view.busy(isBusy);
  }

  /** @param {{assignment_id: string, task_id: string}} task */
  #delivered(task) {
    this.drafts.forget(task.assignment_id, task.task_id);
    this.view.delivered();
  }

  /** @param {Task} task @param {import("./outbox.js").Outcome} outcome */
  async #refused(task, outcome) {
    if (outcome.reason === "LEASE_LOST" || outcome.reason === "ASSIGNMENT_NOT_FOUND") {
      this.leases.drop(task.assignment_id);
      this.lost(task.assignment_id);
    } else if (outcome.reason === "ALREADY_SUBMITTED") {
      this.#delivered(task);
      this.leases.drop(task.assignment_id);
      this.#current = null;
      this.view.refused(outcome);
      await this.#advance();
    } else {
      this.view.refused(outcome);
    }
  }

  async #advance() {
    if (this.#isOver || this.#current !== null) return;
    const task = this.#next.shift();
    if (task === undefined) {
      this.sheet.close();
      this.view.empty();
      this.#askAt = Math.min(this.#askAt, this.now() + this.#askAfter);
      return;
    }
    this.#current = task;
    this.#askAfter = ASK_AGAIN_SECONDS_MIN;
    await this.#show(task);
    await this.#fill();
  }

  /** @param {Task} task */
  async #show(task) {
    const draft = this.drafts.find(task.assignment_id, task.task_id);
    this.meter.start(this.now(), (draft?.seconds ?? 0) + this.#readSeconds);
    this.#readSeconds = 0;
    this.view.working();
    try {
      await this.sheet.show(task.data, draft?.answer ?? null);
    } catch (problem) {
      if (!(problem instanceof EditorFailed)) throw problem;
      if (this.#current === task) this.view.unshowable(problem.message);
      return;
    }
    if (this.#current !== task) {
      // It was lost meanwhile.
      this.sheet.close();
      return;
    }
    this.#shown = task;
    this.view.shown({ hasRegions: this.sheet.hasRegions, fromDraft: draft !== undefined });
  }

  /** Holds as many tasks as it should, if there are so many. */
  async #fill() {
    if (this.#isFilling || this.#isOver) return;
    this.#isFilling = true;
    this.#askAt = Infinity;
    try {
      const asked = this.now();
      const answer = await this.api.post("/work/api/claims", {
        project_id: this.project.project_id,
        request_id: crypto.randomUUID(),
        count: HELD + this.outbox.entries().length,
      });
      this.#take(answer.assignments, asked);
    } catch (problem) {
      this.view.trouble(problem);
      this.#askAt = this.now() + ASK_AGAIN_SECONDS_MIN;
    } finally {
      this.#isFilling = false;
    }
  }

  /** @param {Task[]} tasks @param {number} asked */
  #take(tasks, asked) {
    this.view.reached();
    const held = tasks.filter((task) => !this.outbox.has(task.assignment_id));
    for (const task of held) this.leases.hold(task, this.project.lease_seconds, asked);
    this.#next = held.filter((task) => task.assignment_id !== this.#current?.assignment_id);
    for (const task of this.#next) preload(task.data);
  }

  async #again() {
    this.#askAfter = Math.min(this.#askAfter * 2, ASK_AGAIN_SECONDS_MAX);
    await this.#fill();
    await this.#advance();
  }
}

/** @param {Task} task */
function leaseOf(task) {
  return { assignment_id: task.assignment_id, lease_token: task.lease_token };
}

/** @param {any} answer */
function isEmpty(answer) {
  return answer.value === "" || answer.result?.length === 0;
}

/**
 * The texts of an answer, for the person to copy where it could not be delivered.
 * @param {any} answer
 * @returns {string}
 */
export function wordsOf(answer) {
  if (typeof answer?.value === "string") return answer.value;
  const regions = Array.isArray(answer?.result) ? answer.result : [];
  return regions.flatMap((region) => region.value?.text ?? []).join("\n\n");
}
