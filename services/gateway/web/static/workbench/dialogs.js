/**
 * Dialogs of the workbench: instructions, reasons for giving a task back, keys.
 */

import { make } from "./dom.js";

const READ = "crewline.read";

/**
 * @param {object} given
 * @param {import("./words.js").Words} given.words
 * @param {() => {key: string, does: string}[]} given.keysOf
 * @param {(reason: string) => void} given.onSkip
 * @param {(isOpen: boolean) => void} given.onOpen
 */
export function openDialogs({ words, keysOf, onSkip, onOpen }) {
  const instructions = dialog("instructions");
  const skip = dialog("skip");
  const keys = dialog("keys");
  const reasons = /** @type {HTMLFormElement} */ (skip.querySelector("form"));

  for (const each of [instructions, skip, keys]) {
    each.addEventListener("close", () => onOpen(false));
    // A click beside it, on its backdrop.
    each.addEventListener("click", (event) => { if (event.target === each && each !== instructions) each.close(); });
    for (const button of each.querySelectorAll("[data-close]")) button.addEventListener("click", () => each.close());
  }
  reasons.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(reasons);
    const note = String(form.get("note") ?? "").trim();
    const reason = String(form.get("reason") ?? "");
    skip.close();
    onSkip((note === "" ? reason : `${reason}: ${note}`).slice(0, 500));
  });

  /** @param {HTMLDialogElement} which */
  const open = (which) => {
    if (which.open) {
      which.close();
      return;
    }
    onOpen(true);
    which.showModal();
  };

  return {
    instructions: () => open(instructions),
    skip: () => {
      reasons.reset();
      open(skip);
    },
    keys: () => {
      const rows = keysOf().map(({ key, does }) => make("div", {}, make("dt", {}, make("kbd", {}, shownKey(key))), make("dd", {}, does)));
      keys.querySelector("dl")?.replaceChildren(...rows);
      open(keys);
    },

    /**
     * Shows the instructions until they were read once, and again when they have changed.
     * @param {string} projectId
     * @param {string} text
     * @returns {Promise<void>} when the person says so
     */
    read: async (projectId, text) => {
      const key = `${READ}.${projectId}`;
      const read = `${text.length}.${hash(text)}`;
      if (window.localStorage.getItem(key) === read) return;
      const begin = /** @type {HTMLElement} */ (instructions.querySelector("[data-begin]"));
      begin.textContent = words.say("begin");
      const stays = (/** @type {Event} */ event) => event.preventDefault();
      instructions.addEventListener("cancel", stays);
      open(instructions);
      await new Promise((resolve) => { instructions.addEventListener("close", resolve, { once: true }); });
      instructions.removeEventListener("cancel", stays);
      begin.textContent = words.say("back_to_work");
      window.localStorage.setItem(key, read);
    },
  };
}

/**
 * "ctrl+enter" as people write it.
 * @param {string} combo
 */
export function shownKey(combo) {
  if (combo.length < 2) return combo;
  return combo.split("+").map((part) => part.replace(/^./, (letter) => letter.toUpperCase())).join(" + ");
}

/** @param {string} text */
function hash(text) {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum.toString(36);
}

/** @param {string} name */
function dialog(name) {
  return /** @type {HTMLDialogElement} */ (document.getElementById(`${name}-dialog`));
}
