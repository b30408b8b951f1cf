/**
 * Keys of the workbench, beside those of the editor.
 */

/**
 * @typedef {object} Binding
 * @property {string[]} combos such as "ctrl+enter", "?" or "arrowleft"
 * @property {string} does for the overlay; "" is not listed
 * @property {() => boolean | void} act false: the key was not for it
 * @property {boolean} inFields also while something is being typed
 * @property {boolean} repeats again and again while the key is held down
 */

/**
 * How a key event is written as a combo. Command on a Mac counts as Ctrl, and Shift only where it
 * does not make another character.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} event
 * @returns {string}
 */
export function comboOf(event) {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && (key.length > 1 || key !== key.toUpperCase())) parts.push("shift");
  return [...parts, key].join("+");
}

/**
 * Whether keys go into a field.
 * @param {{tagName?: string, type?: string, isContentEditable?: boolean} | null} target
 */
export function isTyping(target) {
  if (target === null) return false;
  if (target.isContentEditable) return true;
  if (target.tagName === "INPUT") {
    return !["checkbox", "radio", "button", "submit", "range"].includes(target.type ?? "text");
  }
  return target.tagName === "TEXTAREA" || target.tagName === "SELECT";
}

/** The bindings of a page. */
export class Hotkeys {
  /** @type {Binding[]} */
  #bindings = [];
  /** Keys do nothing while a dialog is open: it has its own. */
  isPaused = false;

  /**
   * @param {string | string[]} combos
   * @param {string} does
   * @param {() => boolean | void} act
   * @param {{inFields?: boolean, repeats?: boolean}} [given]
   */
  bind(combos, does, act, { inFields = false, repeats = false } = {}) {
    this.#bindings.push({ combos: [combos].flat(), does, act, inFields, repeats });
  }

  /** @returns {{key: string, does: string}[]} */
  list() {
    return this.#bindings.filter((b) => b.does !== "").map((b) => ({ key: b.combos[0], does: b.does }));
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was one of ours; then nobody else gets it
   */
  handle(event) {
    if (this.isPaused || event.isComposing || event.defaultPrevented) return false;
    const combo = comboOf(event);
    const typing = isTyping(/** @type {any} */ (event.target));
    const binding = this.#bindings.find(
      (each) => each.combos.includes(combo) && (each.inFields || !typing),
    );
    if (binding === undefined) return false;
    // A key that is held down must not send one task after the other.
    if ((!event.repeat || binding.repeats) && binding.act() === false) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** @param {EventTarget} target */
  listen(target) {
    target.addEventListener(
      "keydown", (event) => this.handle(/** @type {KeyboardEvent} */ (event)), { capture: true },
    );
  }
}
