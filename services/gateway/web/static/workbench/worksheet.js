/**
 * One task of a project with a label config: the editor, and beside it what the editor cannot draw.
 */

import { make } from "./dom.js";
import { Editor } from "./editor.js";
import { splitConfig } from "./labelconfig.js";
import { Ranking } from "./ranking.js";
import { drawByTouch } from "./touch.js";

/** @typedef {import("./editor.js").Region} Region */

const MAY_BE_NOTHING = new Set(["STRUCTURED", "REGIONS", "SPANS"]);

/** A worksheet on the page. */
export class Worksheet {
  /** @type {Editor | null} */
  #editor = null;
  /** @type {Ranking[]} */
  #rankings;

  /**
   * @param {HTMLElement} root
   * @param {{label_config: string, kind: string}} project
   * @param {import("./words.js").Words} words
   * @param {() => void} onChange
   */
  constructor(root, project, words, onChange) {
    const split = splitConfig(project.label_config);
    this.project = project;
    this.words = words;
    this.#rankings = split.rankers.map((part) => new Ranking(part, words, onChange));
    root.replaceChildren();
    if (split.editor !== "") {
      const paper = make("div", { id: "editor" });
      root.append(paper);
      this.#editor = new Editor(paper, split.editor);
      drawByTouch(paper, () => this.#editor?.isDrawing ?? false);
      // The editor does not say what changes: something did where there was input.
      for (const type of ["input", "pointerup", "keyup", "touchend", "drop"]) {
        paper.addEventListener(type, onChange, { passive: true });
      }
      document.addEventListener("keyup", onChange, { passive: true });
    }
    root.append(...this.#rankings.map((ranking) => ranking.element));
  }

  /**
   * @param {Record<string, unknown>} data
   * @param {{result?: Region[]} | null} answer
   * @throws {import("./editor.js").EditorFailed}
   */
  async show(data, answer) {
    const result = answer?.result ?? [];
    const ranked = new Set(this.#rankings.map((ranking) => ranking.part.name));
    for (const ranking of this.#rankings) ranking.show(data, result);
    await this.#editor?.show(data, result.filter((region) => !ranked.has(region.from_name)));
  }

  /** @returns {{result: Region[]}} */
  answer() {
    return {
      result: [
        ...(this.#editor?.result() ?? []),
        ...this.#rankings.flatMap((ranking) => ranking.result()),
      ],
    };
  }

  /** @returns {string[]} what must be answered and is not */
  missing() {
    const rankings = this.#rankings.filter((ranking) => ranking.result().length === 0);
    const missing = [
      ...(this.#editor?.missing() ?? []),
      ...rankings.map((ranking) => ranking.part.title || this.words.say("ranking")),
    ];
    // Of what is drawn, nothing may be the answer; of a choice or a text it never is.
    const isEmpty = !MAY_BE_NOTHING.has(this.project.kind) && this.answer().result.length === 0;
    return missing.length === 0 && isEmpty ? [this.words.say("your_answer")] : missing;
  }

  keys() {
    const own = this.#editor?.keys() ?? [];
    const keys = own.map((each) => (each.does === "play" ? { ...each, does: this.words.say("key_play") } : each));
    if (this.#editor?.comparesTwo) {
      keys.push({ key: "← →", does: this.words.say("key_prefer") });
    }
    if (this.#rankings.length > 0) {
      keys.push({ key: "Alt + ↑ ↓", does: this.words.say("key_rank") });
    }
    return keys;
  }

  /** @param {string} combo */
  handle(combo) {
    if (combo === "arrowleft") return this.#editor?.prefer("left") ?? false;
    if (combo === "arrowright") return this.#editor?.prefer("right") ?? false;
    return false;
  }

  get isPlaying() {
    return this.#editor?.isPlaying ?? false;
  }

  get hasRegions() {
    return this.#editor?.hasRegions ?? false;
  }

  undo() {
    this.#editor?.undo();
  }

  redo() {
    this.#editor?.redo();
  }

  deleteSelected() {
    this.#editor?.deleteSelected();
  }

  /** @param {boolean} listens */
  listen(listens) {
    this.#editor?.listen(listens);
  }

  close() {
    this.#editor?.close();
  }
}
