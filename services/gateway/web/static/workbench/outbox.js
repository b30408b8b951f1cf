/**
 * Answers that are finished and not delivered yet: kept on this device and sent again until the
 * server has taken or refused them. An assignment is the key: the same answer twice is one answer.
 */

const PREFIX = "crewline.outbox";
const ENTRIES_MAX = 50;
const WAIT_SECONDS_MIN = 1;
const WAIT_SECONDS_MAX = 60;

/**
 * @typedef {object} Entry
 * @property {string} assignment_id
 * @property {string} task_id
 * @property {object} answer the body that is sent, always the same
 * @property {number} tries
 * @property {number} next_at seconds since 1970
 */

/**
 * @typedef {object} Outcome
 * @property {"delivered" | "refused" | "unreachable" | "signed-out"} kind
 * @property {string} [reason]
 * @property {string} [text] for the person
 * @property {number} [retry_seconds]
 */

/** The outbox of one person, shared by the pages of one browser. */
export class Outbox {
  #key;
  #isSending = false;

  /**
   * @param {object} given
   * @param {Storage} given.storage
   * @param {string} given.person
   * @param {() => number} given.now seconds since 1970
   * @param {(answer: object) => Promise<Outcome>} given.send never rejects
   * @param {(entry: Entry, outcome: Outcome) => void} given.onSettled delivered or refused
   * @param {() => number} [given.random]
   */
  constructor({ storage, person, now, send, onSettled, random = Math.random }) {
    this.storage = storage;
    this.now = now;
    this.send = send;
    this.onSettled = onSettled;
    this.random = random;
    this.#key = `${PREFIX}.${person}`;
  }

  /** @returns {Entry[]} */
  entries() {
    try {
      const entries = JSON.parse(this.storage.getItem(this.#key) ?? "[]");
      return Array.isArray(entries) ? entries : [];
    } catch {
      return [];
    }
  }

  /** @param {string} assignmentId */
  has(assignmentId) {
    return this.entries().some((entry) => entry.assignment_id === assignmentId);
  }

  get isFull() {
    return this.entries().length >= ENTRIES_MAX;
  }

  /**
   * Sends an answer now; where the server does not answer, keeps it.
   *
   * @param {{assignment_id: string, task_id: string, answer: object}} finished
   * @returns {Promise<Outcome>}
   */
  async deliver(finished) {
    const outcome = await this.send(finished.answer);
    if (outcome.kind === "unreachable" || outcome.kind === "signed-out") {
      const waits = this.#wait(1, outcome);
      this.#write([
        ...this.entries().filter((entry) => entry.assignment_id !== finished.assignment_id),
        { ...finished, tries: 1, next_at: this.now() + waits },
      ]);
    }
    return outcome;
  }

  /**
   * Sends what is due again, one after the other.
   * @param {{hurry?: boolean}} [given] `hurry`: all of it, because the network is back
   */
  async flush({ hurry = false } = {}) {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (const entry of this.entries()) {
        if (!hurry && entry.next_at > this.now()) continue;
        const outcome = await this.send(entry.answer);
        if (outcome.kind === "unreachable" || outcome.kind === "signed-out") {
          const tries = entry.tries + 1;
          this.#change(entry, { tries, next_at: this.now() + this.#wait(tries, outcome) });
          return; // the others would fare no better
        }
        this.#change(entry, null);
        this.onSettled(entry, outcome);
      }
    } finally {
      this.#isSending = false;
    }
  }

  /** @param {number} tries @param {Outcome} outcome @returns {number} seconds */
  #wait(tries, outcome) {
    const most = Math.min(WAIT_SECONDS_MAX, WAIT_SECONDS_MIN * 2 ** (tries - 1));
    return Math.max(outcome.retry_seconds ?? 0, most / 2 + (most / 2) * this.random());
  }

  /** @param {Entry} entry @param {Partial<Entry> | null} changes */
  #change(entry, changes) {
    // Read again: another page may have written meanwhile.
    const others = this.entries();
    const place = others.findIndex((each) => each.assignment_id === entry.assignment_id);
    if (place < 0) return;
    if (changes === null) others.splice(place, 1);
    else others[place] = { ...others[place], ...changes };
    this.#write(others);
  }

  /** @param {Entry[]} entries */
  #write(entries) {
    this.storage.setItem(this.#key, JSON.stringify(entries));
  }
}
