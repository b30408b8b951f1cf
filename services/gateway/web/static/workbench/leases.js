/**
 * Holds on tasks: renewed while the person is there, let go of when they are not.
 */

const ACTIVE_WITHIN_SECONDS = 60;
const RETRY_SECONDS = 5;
/** A hold is shown as about to end when less than this share of it is left. */
const ENDING_SHARE = 0.2;
const ENDING_SECONDS_MAX = 120;

/**
 * @typedef {object} Lease
 * @property {string} assignment_id
 * @property {string} lease_token
 * @property {number} lease_seconds how long a renewal lasts
 * @property {number} ends_at
 * @property {number} renew_at
 */

/**
 * @typedef {object} Renewal
 * @property {string} assignment_id
 * @property {number} [seconds_left]
 * @property {{reason: string}} [error]
 */

/** Keeps the leases of this page; `tick` is called about once a second. */
export class LeaseKeeper {
  /** @type {Map<string, Lease>} */
  #leases = new Map();
  #isRenewing = false;

  /**
   * @param {object} given
   * @param {(leases: Lease[]) => Promise<Renewal[]>} given.renew rejects where the server does not answer
   * @param {(now: number, withinSeconds: number) => boolean} given.wasActive
   * @param {(assignment_id: string) => void} given.onLost
   */
  constructor({ renew, wasActive, onLost }) {
    this.renew = renew;
    this.wasActive = wasActive;
    this.onLost = onLost;
  }

  /**
   * @param {{assignment_id: string, lease_token: string, seconds_left: number}} claimed
   * @param {number} leaseSeconds
   * @param {number} now
   */
  hold(claimed, leaseSeconds, now) {
    this.#leases.set(claimed.assignment_id, {
      assignment_id: claimed.assignment_id,
      lease_token: claimed.lease_token,
      lease_seconds: leaseSeconds,
      ends_at: now + claimed.seconds_left,
      // One that was claimed a while ago, before a reload, may be due at once.
      renew_at: now + claimed.seconds_left - (leaseSeconds * 2) / 3,
    });
  }

  /** @param {string} assignmentId */
  drop(assignmentId) {
    this.#leases.delete(assignmentId);
  }

  /** @param {string} assignmentId @returns {Lease | undefined} */
  of(assignmentId) {
    return this.#leases.get(assignmentId);
  }

  /**
   * @param {string} assignmentId
   * @param {number} now
   * @returns {number} 0 where there is none
   */
  secondsLeft(assignmentId, now) {
    const lease = this.#leases.get(assignmentId);
    return lease === undefined ? 0 : Math.max(0, lease.ends_at - now);
  }

  /**
   * Whether the person should be told that it ends.
   * @param {string} assignmentId
   * @param {number} now
   */
  isEnding(assignmentId, now) {
    const lease = this.#leases.get(assignmentId);
    if (lease === undefined) return false;
    return lease.ends_at - now < Math.min(lease.lease_seconds * ENDING_SHARE, ENDING_SECONDS_MAX);
  }

  /** @param {number} now */
  async tick(now) {
    for (const lease of [...this.#leases.values()]) {
      if (lease.ends_at <= now) this.#lose(lease.assignment_id);
    }
    const due = [...this.#leases.values()].filter((lease) => lease.renew_at <= now);
    if (this.#isRenewing || due.length === 0 || !this.wasActive(now, ACTIVE_WITHIN_SECONDS)) return;
    this.#isRenewing = true;
    try {
      this.#take(await this.renew(due), now);
    } catch {
      // The server does not answer: the workbench says so where it matters; here, again soon.
      for (const lease of due) lease.renew_at = now + RETRY_SECONDS;
    } finally {
      this.#isRenewing = false;
    }
  }

  /** @param {Renewal[]} renewals @param {number} now when they were asked for */
  #take(renewals, now) {
    for (const renewal of renewals) {
      const lease = this.#leases.get(renewal.assignment_id);
      if (lease === undefined) continue;
      if (renewal.error !== undefined || renewal.seconds_left === undefined) {
        this.#lose(lease.assignment_id);
      } else {
        lease.ends_at = now + renewal.seconds_left;
        lease.renew_at = now + lease.lease_seconds / 3;
      }
    }
  }

  /** @param {string} assignmentId */
  #lose(assignmentId) {
    this.#leases.delete(assignmentId);
    this.onLost(assignmentId);
  }
}
