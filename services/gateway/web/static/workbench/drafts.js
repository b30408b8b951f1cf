/**
 * What was done of a task and not submitted: on this device, until it is delivered.
 */

const PREFIX = "crewline.draft";
const KEPT_SECONDS = 14 * 86_400;
const DRAFTS_MAX = 100;

/**
 * @typedef {object} Draft
 * @property {string} assignment_id
 * @property {string} task_id
 * @property {unknown} answer
 * @property {number} seconds active time so far
 * @property {number} saved_at seconds since 1970
 */

/** Drafts of one person. */
export class Drafts {
  #prefix;

  /**
   * @param {object} given
   * @param {Storage} given.storage
   * @param {string} given.person whose they are: others who use the device do not see them
   * @param {() => number} given.now seconds since 1970
   */
  constructor({ storage, person, now }) {
    this.storage = storage;
    this.now = now;
    this.#prefix = `${PREFIX}.${person}.`;
  }

  /**
   * @param {Omit<Draft, "saved_at">} draft
   * @returns {boolean} false where the device has no room
   */
  save(draft) {
    const kept = JSON.stringify({ ...draft, saved_at: this.now() });
    try {
      this.storage.setItem(this.#prefix + draft.assignment_id, kept);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * The assignment's own; or, where the task came back after its lease was lost, the last one's.
   *
   * @param {string} assignmentId
   * @param {string} taskId
   * @returns {Draft | undefined}
   */
  find(assignmentId, taskId) {
    const all = this.all();
    return all.find((draft) => draft.assignment_id === assignmentId)
      ?? all.find((draft) => draft.task_id === taskId);
  }

  /**
   * @param {string} assignmentId
   * @param {string} taskId
   */
  forget(assignmentId, taskId) {
    for (const draft of this.all()) {
      if (draft.assignment_id === assignmentId || draft.task_id === taskId) {
        this.storage.removeItem(this.#prefix + draft.assignment_id);
      }
    }
  }

  /** Removes what is old or too much. */
  prune() {
    const oldest = this.now() - KEPT_SECONDS;
    for (const [place, draft] of this.all().entries()) {
      if (place >= DRAFTS_MAX || draft.saved_at < oldest) {
        this.storage.removeItem(this.#prefix + draft.assignment_id);
      }
    }
  }

  /** @returns {Draft[]} the newest first */
  all() {
    const drafts = [];
    for (let n = 0; n < this.storage.length; n += 1) {
      const key = this.storage.key(n);
      if (key?.startsWith(this.#prefix)) {
        const draft = read(this.storage.getItem(key));
        if (draft !== undefined) drafts.push(draft);
      }
    }
    return drafts.sort((one, other) => other.saved_at - one.saved_at);
  }
}

/** @param {string | null} text @returns {Draft | undefined} */
function read(text) {
  try {
    const draft = JSON.parse(text ?? "");
    return typeof draft?.assignment_id === "string" ? draft : undefined;
  } catch {
    return undefined; // not ours, or of a release that wrote it otherwise
  }
}
