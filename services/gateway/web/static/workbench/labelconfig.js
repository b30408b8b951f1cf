/**
 * What the workbench must know of a label config before the editor sees it: which parts of it the
 * editor cannot draw. Rankings are drawn by ranking.js: the editor's release knows no <Ranker>.
 */

/**
 * @typedef {object} RankerPart
 * @property {string} name of the <Ranker>
 * @property {string} list name of its <List>
 * @property {string} value of the <List>: "$field" of the task's data
 * @property {string} title
 */

/**
 * @typedef {object} SplitConfig
 * @property {string} editor the config without what is drawn here; "" where nothing is left
 * @property {RankerPart[]} rankers
 */

const SHOWS_NOTHING = new Set(["view", "style", "#comment"]);

/**
 * @param {string} labelConfig Label Studio's XML
 * @param {DOMParser} [parser]
 * @returns {SplitConfig}
 */
export function splitConfig(labelConfig, parser = new DOMParser()) {
  if (!/<Ranker\b/i.test(labelConfig)) return { editor: labelConfig, rankers: [] };
  const document = parser.parseFromString(labelConfig, "text/xml");
  const lists = new Map(
    [...document.querySelectorAll("List")].map((list) => [list.getAttribute("name"), list]),
  );
  const rankers = [];
  for (const ranker of [...document.querySelectorAll("Ranker")]) {
    const list = lists.get(ranker.getAttribute("toName"));
    if (list === undefined) continue;
    rankers.push({
      name: ranker.getAttribute("name") ?? "",
      list: list.getAttribute("name") ?? "",
      value: list.getAttribute("value") ?? "",
      title: list.getAttribute("title") ?? "",
    });
    ranker.remove();
  }
  for (const list of lists.values()) list.remove();
  const root = document.documentElement;
  const shows = [...root.querySelectorAll("*")].some(
    (element) => !SHOWS_NOTHING.has(element.nodeName.toLowerCase()),
  );
  return { editor: shows ? new XMLSerializer().serializeToString(root) : "", rankers };
}

/**
 * Names of the fields that take one text.
 *
 * @param {string} labelConfig
 * @param {DOMParser} [parser]
 * @returns {Set<string>}
 */
export function singleTextFields(labelConfig, parser = new DOMParser()) {
  const document = parser.parseFromString(labelConfig, "text/xml");
  const names = new Set();
  for (const element of document.querySelectorAll("TextArea")) {
    // The editor does not mind the case of attributes.
    const given = new Map([...element.attributes].map((a) => [a.name.toLowerCase(), a.value]));
    const one = given.get("maxsubmissions") === "1" && given.get("perregion") !== "true";
    if (one && given.has("name")) names.add(given.get("name"));
  }
  return names;
}

/**
 * The value of "$field" or "$field.inner" in a task's data.
 *
 * @param {string} notation
 * @param {Record<string, unknown>} data
 * @returns {unknown} undefined where it is not there
 */
export function fieldOf(notation, data) {
  if (!notation.startsWith("$")) return undefined;
  /** @type {any} */
  let found = data;
  for (const part of notation.slice(1).split(".")) {
    if (found === null || typeof found !== "object") return undefined;
    found = found[part];
  }
  return found;
}
