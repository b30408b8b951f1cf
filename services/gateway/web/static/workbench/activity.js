/**
 * How long a person was at a task: time in which the page was in view and something was typed,
 * moved or played within the last half minute.
 */

const IDLE_SECONDS = 30;

/** Counts; it is told what happens and when, in seconds of one clock. */
export class ActivityMeter {
  #counted = 0;
  #last = 0;
  #lastInput = 0;
  #isVisible = true;
  #isPlaying = false;

  /** @param {number} [idleSeconds] how long an input counts on */
  constructor(idleSeconds = IDLE_SECONDS) {
    this.idleSeconds = idleSeconds;
  }

  /**
   * Begins a task.
   * @param {number} now
   * @param {number} [carried] what was counted for it before
   */
  start(now, carried = 0) {
    this.#counted = carried;
    this.#last = now;
    this.#lastInput = now;
  }

  /** @param {number} now */
  input(now) {
    this.#advance(now);
    this.#lastInput = now;
  }

  /** @param {boolean} isVisible @param {number} now */
  setVisible(isVisible, now) {
    this.#advance(now);
    this.#isVisible = isVisible;
  }

  /** @param {boolean} isPlaying @param {number} now */
  setPlaying(isPlaying, now) {
    this.#advance(now);
    this.#isPlaying = isPlaying;
  }

  /** @param {number} now @returns {number} */
  seconds(now) {
    this.#advance(now);
    return this.#counted;
  }

  /**
   * Whether there was a sign of the person lately.
   * @param {number} now
   * @param {number} withinSeconds
   */
  wasActive(now, withinSeconds) {
    return this.#isVisible && (this.#isPlaying || now - this.#lastInput <= withinSeconds);
  }

  /** @param {number} now */
  #advance(now) {
    if (this.#isVisible) {
      const until = this.#isPlaying ? now : Math.min(now, this.#lastInput + this.idleSeconds);
      this.#counted += Math.max(0, until - this.#last);
    }
    this.#last = Math.max(this.#last, now);
  }
}

/**
 * Tells a meter what the page sees.
 *
 * @param {ActivityMeter} meter
 * @param {{now: () => number, isPlaying: () => boolean}} given
 */
export function watchActivity(meter, { now, isPlaying }) {
  const noticed = () => meter.input(now());
  for (const type of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"]) {
    document.addEventListener(type, noticed, { capture: true, passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    meter.setVisible(document.visibilityState === "visible", now());
  });
  setInterval(() => meter.setPlaying(isPlaying(), now()), 1000);
}
