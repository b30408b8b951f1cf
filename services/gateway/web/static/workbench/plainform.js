/**
 * The form of a project without a label config: what is shown, and labels to choose from by number,
 * items to put into an order, or a field to write in.
 */

import { make } from "./dom.js";
import { comparedFields, shownAs } from "./plaindata.js";
import { Ranking } from "./ranking.js";

const TEXT_LENGTH_MAX = 20_000;
const NUMBER_LENGTH_MAX = 32;
const RANKED = { name: "value", list: "items", value: "$items", title: "" };
/** Fields that name what is compared. */
const NAMING = new Set(["items", "item_a", "item_b", "model_a", "model_b"]);

/**
 * @param {unknown} items
 * @returns {items is string[]}
 */
function isRankable(items) {
  return Array.isArray(items) && items.length > 0 && items.every((item) => typeof item === "string");
}

/** A form on the page, with the same methods as a worksheet. */
export class PlainForm {
  #value = "";
  /** @type {HTMLMediaElement[]} */
  #media = [];

  /**
   * @param {HTMLElement} root
   * @param {{kind: string, labels: string[]}} project
   * @param {import("./words.js").Words} words
   * @param {() => void} onChange
   */
  constructor(root, project, words, onChange) {
    this.root = root;
    this.project = project;
    this.words = words;
    this.onChange = onChange;
  }

  /**
   * @param {Record<string, unknown>} data
   * @param {{value?: string} | null} answer
   */
  async show(data, answer) {
    this.#value = answer?.value ?? "";
    this.#media = [];
    this.root.replaceChildren(this.#shown(data), this.#asked(data));
  }

  /** @param {Record<string, unknown>} data */
  #asked(data) {
    if (this.project.labels.length > 0) return this.#choices();
    if (this.project.kind === "RANKED" && isRankable(data.items)) return this.#ranking(data.items);
    return this.project.kind === "NUMERIC" ? this.#number() : this.#field();
  }

  /** @returns {{value: string}} */
  answer() {
    return { value: this.#value.trim() };
  }

  /** @returns {string[]} */
  missing() {
    return this.#value.trim() === "" ? [this.words.say("your_answer")] : [];
  }

  keys() {
    return this.project.labels.slice(0, 9).map((label, n) => ({ key: String(n + 1), does: label }));
  }

  /**
   * @param {string} combo
   * @returns {boolean} whether it was a label's
   */
  handle(combo) {
    const label = /^[1-9]$/.test(combo) ? this.project.labels[Number(combo) - 1] : undefined;
    if (label === undefined) return false;
    this.#choose(label);
    return true;
  }

  get isPlaying() {
    return this.#media.some((media) => !media.paused && !media.ended);
  }

  get hasRegions() {
    return false;
  }

  undo() { /* the browser's own, in its fields */ }

  redo() { /* the browser's own, in its fields */ }

  deleteSelected() { /* nothing is selected here */ }

  /** @param {boolean} _listens */
  listen(_listens) { /* its keys are the workbench's */ }

  close() {
    this.root.replaceChildren();
  }

  /** @param {Record<string, unknown>} data */
  #shown(data) {
    const all = Object.keys(data);
    const unnamed = all.filter((name) => !NAMING.has(name));
    const compares = this.project.kind === "PAIRWISE";
    // Whose answers are compared is not for those who compare them, where there is more to see.
    const isBlind = compares && comparedFields(unnamed) !== undefined;
    const ranked = this.project.kind === "RANKED" && isRankable(data.items);
    const names = isBlind ? unnamed : all.filter((name) => !(ranked && name === "items"));
    const pair = compares ? comparedFields(names) : undefined;
    const single = names.filter((name) => !pair?.includes(name));
    const block = make("div", { class: "shown" }, ...single.map((name) => this.#part(name, data[name])));
    if (pair !== undefined) {
      block.append(make("div", { class: "shown-pair" }, ...pair.map((name) => this.#part(name, data[name]))));
    }
    return block;
  }

  /** @param {string} name @param {unknown} value */
  #part(name, value) {
    const shown = shownAs(name, value);
    const part = make("figure", { class: `shown-${shown.as}` }, make("figcaption", {}, shown.label));
    if (shown.as === "image") {
      part.append(make("img", { src: shown.value, alt: shown.label }));
    } else if (shown.as === "audio") {
      const audio = make("audio", { src: shown.value, controls: true, preload: "auto" });
      this.#media.push(audio);
      part.append(audio);
    } else {
      part.append(make(shown.as === "json" ? "pre" : "div", { class: "shown-value" }, shown.value));
    }
    return part;
  }

  #choices() {
    const box = make("div", { class: "labels", role: "radiogroup", "aria-label": this.words.say("your_answer") });
    for (const [n, label] of this.project.labels.entries()) {
      const input = make("input", { type: "radio", name: "label", value: label, change: () => this.#choose(label) });
      input.checked = label === this.#value;
      box.append(make("label", { class: "label-choice" }, input, make("span", {}, label),
        ...(n < 9 ? [make("kbd", {}, String(n + 1))] : [])));
    }
    return box;
  }

  #field() {
    const field = make("textarea", {
      id: "answer", rows: "8", maxlength: String(TEXT_LENGTH_MAX),
      input: () => { this.#value = field.value; this.onChange(); },
    });
    field.value = this.#value;
    return make("div", { class: "field" }, make("label", { for: "answer" }, this.words.say("your_answer")), field);
  }

  #number() {
    const field = make("input", {
      id: "answer", type: "text", inputmode: "decimal", autocomplete: "off", maxlength: String(NUMBER_LENGTH_MAX),
      input: () => { this.#value = field.value; this.onChange(); },
    });
    field.value = this.#value;
    return make("div", { class: "field" }, make("label", { for: "answer" }, this.words.say("your_answer")), field);
  }

  /** @param {string[]} items */
  #ranking(items) {
    const ranking = new Ranking(RANKED, this.words, () => {
      this.#value = JSON.stringify(ranking.result()[0].value.ranker[RANKED.name]);
      this.onChange();
    });
    const kept = this.#value === "" ? [] : [{ from_name: RANKED.name, id: "r1", value: { ranker: { [RANKED.name]: JSON.parse(this.#value) } } }];
    // @ts-ignore a region with what the ranking reads of it
    ranking.show({ items: items.map((item) => ({ id: item, title: item })) }, kept);
    return ranking.element;
  }

  /** @param {string} label */
  #choose(label) {
    this.#value = label;
    for (const input of this.root.querySelectorAll("input")) input.checked = input.value === label;
    this.onChange();
  }
}
