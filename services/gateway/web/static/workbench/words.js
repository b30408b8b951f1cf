/**
 * Texts in the person's language: the page brings them, this fills them in.
 */

/** Texts by key. */
export class Words {
  #plurals;

  /**
   * @param {Record<string, string>} texts
   * @param {string} language BCP 47
   */
  constructor(texts, language) {
    this.texts = texts;
    this.language = language;
    this.#plurals = new Intl.PluralRules(language);
  }

  /**
   * @param {string} key
   * @param {Record<string, string | number>} [values] for its `%(name)s`
   */
  say(key, values = {}) {
    const text = this.texts[key] ?? key;
    return text.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));
  }

  /**
   * The text `key_one` or `key_other`, by the count.
   * @param {string} key
   * @param {number} count
   */
  count(key, count) {
    const form = this.#plurals.select(count) === "one" ? "one" : "other";
    return this.say(`${key}_${form}`, { num: count.toLocaleString(this.language) });
  }
}

/**
 * A length of time as a clock shows it: 4:05, 1:02:03.
 * @param {number} seconds
 */
export function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, place) => (place === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
