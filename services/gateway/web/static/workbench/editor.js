/**
 * The Label Studio editor (@heartexlabs/label-studio 1.4.0), one at a time.
 *
 * The package puts `LabelStudio` on window. Every task gets an instance of its own: one that is given
 * the next task keeps writing into models of the last. Submitting, skipping, undoing and drafts are
 * the workbench's own: no interface of the editor that would do them is turned on.
 */

import { singleTextFields } from "./labelconfig.js";

const START_MILLISECONDS_MAX = 15_000;
const UNDO_STEPS_MAX = 20;
const SHAPES = "rectangle|ellipse|polygon|brush|keypoint";
const SHAPE_TAG = new RegExp(`^(${SHAPES})(labels)?$`);
const SHAPE_LABELS = new RegExp(`^(${SHAPES})labels$`);

/** The keys that the workbench binds itself. */
const FREED_KEYS = {
  "annotation:submit": { key: null },
  "annotation:skip": { key: null },
  "annotation:undo": { key: null },
  "annotation:redo": { key: null },
  "region:delete-all": { key: null },
};

/**
 * One region of a Label Studio result.
 * @typedef {object} Region
 * @property {string} id
 * @property {string} from_name
 * @property {string} to_name
 * @property {string} type
 * @property {Record<string, any>} value
 */

/** The label config, or a task's data, does not work in the editor. */
export class EditorFailed extends Error {}

/** The editor under one element of the page. */
export class Editor {
  /** @type {any} */
  #store = null;
  /** @type {any} */
  #instance = null;
  #taskNumber = 0;
  /** @type {Set<string>} */
  #singleTexts;
  /** @type {Map<string, string>} */
  #textIds = new Map();

  /**
   * @param {HTMLElement} root
   * @param {string} config
   */
  constructor(root, config) {
    this.root = root;
    this.config = config;
    this.#singleTexts = singleTextFields(config);
    root.addEventListener("input", (event) => this.#typed(event.target));
  }

  /**
   * Shows a task, with what was done of it before.
   *
   * @param {Record<string, unknown>} data the task's data
   * @param {Region[]} result
   * @returns {Promise<void>}
   * @throws {EditorFailed}
   */
  async show(data, result) {
    this.close();
    this.#taskNumber += 1;
    this.#textIds.clear();
    // A field of one text shows it where it was typed; any other lists what was added.
    const typed = result.filter((region) => this.#singleTexts.has(region.from_name));
    await this.#start({
      id: this.#taskNumber,
      data,
      annotations: [{ result: structuredClone(result.filter((r) => !typed.includes(r))) }],
      predictions: [],
    });
    const problems = this.#store.annotationStore.validation;
    if (problems !== null && problems.length > 0) {
      throw new EditorFailed(problems.map((/** @type {any} */ p) => plain(p)).join("; "));
    }
    for (const region of typed) {
      this.#names().get(region.from_name)?.setValue(String(region.value.text?.[0] ?? ""));
      this.#textIds.set(region.from_name, region.id);
    }
  }

  /**
   * What has been done so far: the regions, and texts that are typed and not "added" yet.
   * @returns {Region[]}
   */
  result() {
    const annotation = this.#annotation();
    if (annotation === null) return [];
    /** @type {Region[]} */
    const regions = JSON.parse(JSON.stringify(annotation.serializeAnnotation()));
    for (const tag of this.#tags()) {
      const text = tag.type === "textarea" ? String(tag._value ?? "").trim() : "";
      if (text !== "") addText(regions, tag, text, this.#textId(tag.name));
    }
    return regions;
  }

  /**
   * The names of controls that must be answered and are not.
   * @returns {string[]}
   */
  missing() {
    const regions = this.result();
    return this.#tags()
      .filter((tag) => (tag.required === true && tag.isVisible !== false) || tag.type === "pairwise")
      .filter((tag) => {
        const own = regions.filter((region) => region.from_name === tag.name);
        if (tag.perregion !== true) return own.length === 0;
        if (tag.whenlabelvalue) return false;
        const answered = new Set(own.map((region) => region.id));
        return regions.some((r) => r.to_name === tag.toname && !answered.has(r.id));
      })
      .map((tag) => tag.name);
  }

  /** Whether there are regions that can be selected and deleted, such as boxes. */
  get hasRegions() {
    return this.#tags().some((tag) => /labels$/.test(tag.type) || SHAPE_TAG.test(tag.type));
  }

  /** Whether a drag on the image draws just now. */
  get isDrawing() {
    const shapes = this.#tags().filter((tag) => SHAPE_TAG.test(tag.type));
    return shapes.some((tag) => !SHAPE_LABELS.test(tag.type) || tag.isSelected);
  }

  /** Takes the last step back. */
  undo() {
    this.#step("canUndo", "undo");
  }

  /** Takes the last step that was taken back again. */
  redo() {
    this.#step("canRedo", "redo");
  }

  /** Deletes the regions that are selected. */
  deleteSelected() {
    this.#annotation()?.deleteSelectedRegions();
  }

  /**
   * Chooses a side of the task's comparison; the same side again takes it back.
   * @param {"left" | "right"} side
   * @returns {boolean} false where the task has none
   */
  prefer(side) {
    const tag = this.#tags().find((each) => each.type === "pairwise");
    if (tag === undefined) return false;
    if (side === "left") tag.selectLeft(); else tag.selectRight();
    return true;
  }

  /** @returns {boolean} */
  get comparesTwo() {
    return this.#tags().some((tag) => tag.type === "pairwise");
  }

  /**
   * The editor's own keys, for the overlay.
   * @returns {{key: string, does: string}[]}
   */
  keys() {
    const keys = [];
    for (const tag of this.#tags()) {
      for (const child of tag.children ?? []) {
        if (child.hotkey) keys.push({ key: child.hotkey, does: child._value || child.value || "" });
      }
      if (/^audio/.test(tag.type) && tag.hotkey) keys.push({ key: tag.hotkey, does: "play" });
    }
    return keys;
  }

  /**
   * Whether a recording plays.
   * @returns {boolean}
   */
  get isPlaying() {
    return this.#tags().some((tag) => tag._ws?.isPlaying?.() === true);
  }

  /**
   * Keys go elsewhere while something lies over the editor.
   * @param {boolean} listens
   */
  listen(listens) {
    const hotkeys = /** @type {any} */ (window).HtxHotkeys;
    hotkeys?.setScope(listens ? "__main__" : "__none__");
  }

  /** Takes it off the page. */
  close() {
    this.#instance?.destroy();
    this.#instance = this.#store = null;
    const { HtxHotkeys: hotkeys, ToolManager: tools } = /** @type {any} */ (window);
    hotkeys?.unbindAll();
    // They outlive their editor, and the next one would draw with them.
    for (const manager of tools?.allInstances() ?? []) {
      manager.removeAllTools();
      manager._default_tool = null;
    }
  }

  /** @param {object} task */
  async #start(task) {
    /** @type {(reason: PromiseRejectionEvent) => void} */
    let onRejection = () => undefined;
    try {
      this.#store = await new Promise((resolve, reject) => {
        const late = () => reject(new EditorFailed("the editor did not start"));
        setTimeout(late, START_MILLISECONDS_MAX);
        // What fails inside of it does so in a promise of its own.
        onRejection = (event) => reject(new EditorFailed(String(event.reason)));
        window.addEventListener("unhandledrejection", onRejection);
        this.#instance = new /** @type {any} */ (window).LabelStudio(this.root, {
          config: this.config,
          interfaces: [],
          keymap: FREED_KEYS,
          task,
          onStorageInitialized: resolve,
        });
      });
      await nextFrame();
    } finally {
      window.removeEventListener("unhandledrejection", onRejection);
    }
  }

  /**
   * The same text keeps its id, so that the same answer stays the same.
   * @param {string} name
   */
  #textId(name) {
    const id = this.#textIds.get(name) ?? crypto.randomUUID().slice(0, 8);
    this.#textIds.set(name, id);
    return id;
  }

  /**
   * @param {"canUndo" | "canRedo"} can
   * @param {"undo" | "redo"} step
   */
  #step(can, step) {
    const history = this.#annotation()?.history;
    const before = JSON.stringify(this.result());
    // The editor remembers some states twice.
    for (let n = 0; n < UNDO_STEPS_MAX && history?.[can]; n += 1) {
      history[step]();
      if (JSON.stringify(this.result()) !== before) return;
    }
  }

  /**
   * A number that is typed. The editor's field shows one (0, or its default) before there is an
   * answer, and takes the same one typed for no change.
   * @param {EventTarget | null} field
   */
  #typed(field) {
    if (!(field instanceof HTMLInputElement) || field.type !== "number" || field.value === "") return;
    const tag = this.#tags().find((each) => each.type === "number" && each.name === field.name);
    if (tag !== undefined && tag.perregion !== true && typeof tag.number !== "number") {
      tag.setNumber(Number(field.value));
    }
  }

  #annotation() {
    return this.#store?.annotationStore.selected ?? null;
  }

  #names() {
    return this.#store.annotationStore.names;
  }

  /** @returns {any[]} */
  #tags() {
    return this.#annotation() === null ? [] : [...this.#names().values()];
  }
}

/**
 * @param {Region[]} regions
 * @param {any} tag
 * @param {string} text
 * @param {string} id
 */
function addText(regions, tag, text, id) {
  const own = regions.find((region) => region.from_name === tag.name);
  if (own !== undefined && tag.perregion !== true) {
    own.value.text = [...own.value.text, text];
  } else if (tag.perregion !== true) {
    regions.push({
      id,
      from_name: tag.name,
      to_name: tag.toname ?? tag.name,
      type: "textarea",
      // @ts-ignore as the editor writes it
      origin: "manual",
      value: { text: [text] },
    });
  }
}

/** @param {any} problem */
function plain(problem) {
  return String(problem.error ?? problem.field ?? problem).slice(0, 500);
}

function nextFrame() {
  return new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve, 0)); });
}
