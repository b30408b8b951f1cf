/**
 * What a task without a label config shows: its fields, each as what it looks like, and, where two
 * candidates are compared, those side by side.
 */

/**
 * @typedef {object} Shown
 * @property {"text" | "image" | "audio" | "json"} as
 * @property {string} name of the field
 * @property {string} label
 * @property {string} value
 */

const IMAGE = /\.(png|jpe?g|gif|webp|avif|svg|bmp)(\?|#|$)/i;
const AUDIO = /\.(mp3|wav|ogg|oga|m4a|flac|opus|webm)(\?|#|$)/i;
const ADDRESS = /^(https?:\/\/|\/)\S+$/;
const IMAGE_NAME = /image|photo|picture|img/i;
const AUDIO_NAME = /audio|recording|sound|speech/i;
/** Names that come in twos, such as answer_a and answer_b. */
const PAIRS = [["_a", "_b"], ["_1", "_2"], ["a", "b"], ["left", "right"], ["first", "second"], ["1", "2"]];

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Shown}
 */
export function shownAs(name, value) {
  const label = name.replace(/[_-]+/g, " ").replace(/^./, (letter) => letter.toUpperCase());
  if (typeof value !== "string") {
    const scalar = value === null || typeof value !== "object";
    return { as: scalar ? "text" : "json", name, label, value: scalar ? String(value ?? "—") : JSON.stringify(value, null, 2) };
  }
  if (ADDRESS.test(value)) {
    if (IMAGE.test(value) || (IMAGE_NAME.test(name) && !AUDIO.test(value))) return { as: "image", name, label, value };
    if (AUDIO.test(value) || AUDIO_NAME.test(name)) return { as: "audio", name, label, value };
  }
  return { as: "text", name, label, value };
}

/**
 * The two fields that are compared, if the data has such.
 * @param {string[]} names
 * @returns {[string, string] | undefined}
 */
export function comparedFields(names) {
  for (const [one, other] of PAIRS) {
    for (const name of names) {
      if (!name.toLowerCase().endsWith(one)) continue;
      const stem = name.slice(0, name.length - one.length);
      const twin = names.find((each) => each.toLowerCase() === (stem + other).toLowerCase());
      if (twin !== undefined) return [name, twin];
    }
  }
  return undefined;
}
