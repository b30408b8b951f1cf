/**
 * A ranking as Label Studio's <List> and <Ranker> ask for it, by keyboard, buttons or dragging.
 */

import { make } from "./dom.js";
import { fieldOf } from "./labelconfig.js";

/** @typedef {import("./labelconfig.js").RankerPart} RankerPart */
/** @typedef {import("./editor.js").Region} Region */
/** @typedef {{id: string, title: string, body: string}} Item */

/**
 * @param {string[]} ids
 * @param {string} id
 * @param {number} place from 0
 * @returns {string[]}
 */
export function moved(ids, id, place) {
  const others = ids.filter((each) => each !== id);
  others.splice(Math.max(0, Math.min(place, others.length)), 0, id);
  return others;
}

/**
 * The items of a task's data, each with an id.
 * @param {unknown} value
 * @returns {Item[]}
 */
export function itemsOf(value) {
  if (!Array.isArray(value)) return [];
  return value
    .filter((item) => item !== null && typeof item === "object" && item.id !== undefined)
    .map((item) => ({
      id: String(item.id),
      title: String(item.title ?? ""),
      body: String(item.body ?? item.text ?? ""),
    }));
}

/** One ranking on the page. */
export class Ranking {
  /** @type {Map<string, Item>} */
  #items = new Map();
  /** @type {string[]} */
  #order = [];
  #isSettled = false;
  #regionId = "";

  /**
   * @param {RankerPart} part
   * @param {import("./words.js").Words} words
   * @param {() => void} onChange
   */
  constructor(part, words, onChange) {
    this.part = part;
    this.words = words;
    this.onChange = onChange;
    this.list = make("ol", { class: "ranking" });
    this.heard = make("p", { class: "unseen", role: "status" });
    this.settle = make("button", { type: "button", class: "small", click: () => this.#settled() },
      words.say("ranking_right"));
    this.element = make("section", { class: "ranking-part", "aria-label": part.title || words.say("ranking") },
      make("h2", {}, part.title || words.say("ranking")),
      make("p", { class: "hint" }, words.say("ranking_how")),
      this.list, this.settle, this.heard);
    this.list.addEventListener("dragover", (event) => event.preventDefault());
  }

  /**
   * @param {Record<string, unknown>} data
   * @param {Region[]} result
   */
  show(data, result) {
    const items = itemsOf(fieldOf(this.part.value, data));
    this.#items = new Map(items.map((item) => [item.id, item]));
    const region = result.find((each) => each.from_name === this.part.name);
    const order = region?.value.ranker?.[this.part.name];
    const fits = Array.isArray(order) && [...order].sort().join() === [...this.#items.keys()].sort().join();
    this.#order = fits ? order : [...this.#items.keys()];
    this.#isSettled = fits;
    this.#regionId = region?.id ?? crypto.randomUUID().slice(0, 8);
    this.#draw();
  }

  /** @returns {Region[]} nothing until the person has moved something or said that it is right */
  result() {
    if (!this.#isSettled) return [];
    return [{
      id: this.#regionId,
      from_name: this.part.name,
      to_name: this.part.list,
      type: "ranker",
      // @ts-ignore as the editor writes it
      origin: "manual",
      value: { ranker: { [this.part.name]: [...this.#order] } },
    }];
  }

  #settled() {
    this.#isSettled = true;
    this.#draw();
    this.onChange();
  }

  /** @param {string} id @param {number} place */
  #move(id, place) {
    this.#order = moved(this.#order, id, place);
    this.#isSettled = true;
    this.#draw();
    const now = this.#order.indexOf(id);
    /** @type {HTMLElement} */ (this.list.children[now]).focus();
    this.heard.textContent = this.words.say("ranking_moved", {
      what: this.#name(id), place: now + 1, of: this.#order.length,
    });
    this.onChange();
  }

  /** @param {string} id */
  #name(id) {
    const item = this.#items.get(id);
    return item?.title || item?.body.slice(0, 60) || id;
  }

  #draw() {
    this.settle.hidden = this.#isSettled;
    this.list.replaceChildren(...this.#order.map((id, place) => this.#row(id, place)));
  }

  /** @param {string} id @param {number} place */
  #row(id, place) {
    const item = /** @type {Item} */ (this.#items.get(id));
    /** @param {string} label @param {string} sign @param {number} to */
    const button = (label, sign, to) => make("button", {
      type: "button", class: "small", "aria-label": this.words.say(label, { what: this.#name(id) }),
      disabled: to < 0 || to >= this.#order.length, click: () => this.#move(id, to),
    }, sign);
    const row = make("li", {
      tabindex: "0", draggable: "true", keydown: (event) => this.#key(event, id, place),
      dragstart: (event) => event.dataTransfer.setData("text/plain", id),
      drop: (event) => {
        event.preventDefault();
        const dropped = event.dataTransfer.getData("text/plain");
        if (this.#items.has(dropped)) this.#move(dropped, place);
      },
    },
    make("div", { class: "ranking-text" },
      ...(item.title ? [make("strong", {}, item.title)] : []),
      ...(item.body ? [make("p", {}, item.body)] : [])),
    make("div", { class: "ranking-buttons" },
      button("ranking_up", "↑", place - 1), button("ranking_down", "↓", place + 1)));
    return row;
  }

  /** @param {KeyboardEvent} event @param {string} id @param {number} place */
  #key(event, id, place) {
    if (event.target !== event.currentTarget) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined && event.altKey) {
      event.preventDefault();
      this.#move(id, place + step);
    } else if (step !== undefined) {
      event.preventDefault();
      /** @type {HTMLElement | undefined} */ (this.list.children[place + step])?.focus();
    } else if (/^[1-9]$/.test(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      this.#move(id, Number(event.key) - 1);
    }
  }
}
