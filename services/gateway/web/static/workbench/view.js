/**
 * What the workbench shows around the task: banners, countdown, dialogs, buttons.
 */

import { ApiProblem } from "./api.js";
import { make } from "./dom.js";
import { clock } from "./words.js";

const SAID_MILLISECONDS = 4000;

/** The page around the task. */
export class View {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet = undefined;

  /**
   * @param {import("./words.js").Words} words
   * @param {object} given
   * @param {() => void} given.onGoOn
   * @param {() => void} given.onSkip
   * @param {() => void} given.onDelivered
   */
  constructor(words, { onGoOn, onSkip, onDelivered }) {
    this.words = words;
    this.onGoOn = onGoOn;
    this.onSkip = onSkip;
    this.onDelivered = onDelivered;
    this.panel = element("panel");
    this.sheet = element("sheet");
    this.bar = element("bench-bar");
    this.banners = element("banners");
    this.heard = element("heard");
    this.leaseTime = element("lease");
  }

  /** A task is about to be on the page. */
  working() {
    this.panel.hidden = true;
    this.sheet.hidden = false;
    this.bar.hidden = false;
    this.#clear("lost", "ending", "problem");
    this.busy(true);
  }

  /** @param {{hasRegions: boolean, fromDraft: boolean}} given */
  shown({ hasRegions, fromDraft }) {
    this.busy(false);
    element("region-tools").hidden = !hasRegions;
    window.scrollTo({ top: 0 });
    if (fromDraft) this.say(this.words.say("draft_found"));
  }

  /** @param {boolean} isBusy */
  busy(isBusy) {
    for (const button of this.bar.querySelectorAll("button")) button.disabled = isBusy;
  }

  /** @param {number} seconds @param {boolean} isEnding */
  lease(seconds, isEnding) {
    this.leaseTime.textContent = this.words.say("yours_for", { time: clock(seconds) });
    this.leaseTime.classList.toggle("ending", isEnding);
    if (isEnding) this.banner("ending", "warn", this.words.say("lease_ending"));
    else this.#clear("ending");
  }

  /** @param {boolean} isKept */
  kept(isKept) {
    if (isKept) this.#clear("unkept");
    else this.banner("unkept", "warn", this.words.say("draft_unkept"));
  }

  /** @param {string[]} names */
  missing(names) {
    this.banner("problem", "bad", this.words.say("missing", { names: names.join(", ") }));
  }

  /** @param {import("./outbox.js").Outcome} outcome */
  refused(outcome) {
    this.banner("problem", "bad", outcome.text || this.words.say("refused"));
  }

  /** @param {"delivered" | "unreachable" | "signed-out" | "refused"} kind @param {number} waiting */
  sent(kind, waiting) {
    this.#clear("problem");
    if (kind === "delivered") this.say(this.words.say("sent"));
    this.waiting(kind, waiting);
  }

  /** An answer was taken. */
  delivered() {
    this.onDelivered();
  }

  /** @param {string} kind @param {number} waiting answers in the outbox */
  waiting(kind, waiting) {
    if (waiting === 0) {
      this.#clear("waiting");
      if (kind !== "signed-out") this.#clear("signed-out");
      return;
    }
    this.banner("waiting", "warn", this.words.count("waiting", waiting));
    if (kind === "signed-out") this.#signedOut();
  }

  /** The outbox takes no more. */
  outboxFull() {
    this.banner("problem", "bad", this.words.say("outbox_full"));
  }

  /** @param {import("./outbox.js").Outcome} outcome @param {number} waiting @param {string} text */
  settled(outcome, waiting, text) {
    this.waiting(outcome.kind, waiting);
    if (outcome.kind === "refused") {
      this.banner("settled", "bad", this.words.say("undelivered", { why: outcome.text ?? "" }), ...this.#copy(text));
    } else {
      this.say(this.words.say("delivered_late"));
    }
  }

  /** @param {string} text what was written, to be copied */
  lost(text) {
    this.#message(this.words.say("lost_title"), this.words.say("lost_text"), [
      this.#goOn(this.words.say("next_task")), ...this.#copy(text),
    ]);
  }

  /** Nothing to do just now. */
  empty() {
    this.#message(this.words.say("empty_title"), this.words.say("empty_text"), [
      this.#goOn(this.words.say("look_again")),
      make("a", { class: "button", href: "/work" }, this.words.say("other_offers")),
    ]);
  }

  /** @param {string} why */
  unshowable(why) {
    this.#message(this.words.say("unshowable_title"), this.words.say("unshowable_text"), [
      make("button", { type: "button", class: "primary", click: this.onSkip }, this.words.say("skip_it")),
    ], why);
  }

  /** @param {() => void} onTake */
  elsewhere(onTake) {
    this.#message(this.words.say("elsewhere_title"), this.words.say("elsewhere_text"), [
      make("button", { type: "button", class: "primary", click: onTake }, this.words.say("work_here")),
    ]);
  }

  /** @param {unknown} problem the server does not answer, or refuses */
  trouble(problem) {
    if (!(problem instanceof ApiProblem)) throw problem;
    if (problem.isSignedOut) this.#signedOut();
    else if (problem.isUnreachable) this.banner("unreachable", "warn", this.words.say("unreachable"));
    else this.banner("problem", "bad", problem.text || this.words.say("refused"));
  }

  /** The server answers. */
  reached() {
    this.#clear("unreachable", "signed-out");
  }

  /**
   * Says something in passing.
   * @param {string} text
   */
  say(text) {
    this.heard.textContent = text;
    this.heard.hidden = false;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => { this.heard.hidden = true; }, SAID_MILLISECONDS);
  }

  /**
   * Something that stays until it is no longer so.
   * @param {string} name
   * @param {string} tone good, warn or bad
   * @param {string} text
   * @param {...HTMLElement} more
   */
  banner(name, tone, text, ...more) {
    const known = this.#banner(name);
    if (known?.dataset.text === text) return;
    const banner = make("div", { class: `alert ${tone}`, "data-name": name, "data-text": text }, make("p", {}, text), ...more);
    if (known) known.replaceWith(banner);
    else this.banners.append(banner);
  }

  /** @param {...string} names */
  #clear(...names) {
    for (const name of names) this.#banner(name)?.remove();
  }

  /** @param {string} name @returns {HTMLElement | null} */
  #banner(name) {
    return this.banners.querySelector(`[data-name="${name}"]`);
  }

  #signedOut() {
    const here = encodeURIComponent(window.location.pathname);
    this.banner("signed-out", "bad", this.words.say("signed_out"),
      make("p", {}, make("a", { class: "button", href: `/sign-in?next=${here}` }, this.words.say("sign_in"))));
  }

  /** @param {string} label */
  #goOn(label) {
    return make("button", { type: "button", class: "primary", click: this.onGoOn }, label);
  }

  /** @param {string} text @returns {HTMLElement[]} */
  #copy(text) {
    if (text === "") return [];
    const copy = async () => {
      await navigator.clipboard.writeText(text);
      this.say(this.words.say("copied"));
    };
    return [make("button", { type: "button", click: copy }, this.words.say("copy_answer"))];
  }

  /** @param {string} title @param {string} text @param {HTMLElement[]} actions @param {string} [detail] */
  #message(title, text, actions, detail = "") {
    this.sheet.hidden = true;
    this.bar.hidden = true;
    this.leaseTime.textContent = "";
    this.#clear("ending");
    this.panel.replaceChildren(make("h2", {}, title), make("p", {}, text),
      ...(detail ? [make("pre", {}, detail)] : []), make("div", { class: "bar" }, ...actions));
    this.panel.hidden = false;
    this.panel.focus();
  }
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
