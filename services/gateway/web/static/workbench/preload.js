/**
 * Photos of the next task are fetched while this one is on the page.
 */

import { shownAs } from "./plaindata.js";

const IMAGES_MAX = 20;

/**
 * @param {Record<string, unknown>} data
 * @returns {string[]} addresses of what looks like images, at most IMAGES_MAX
 */
export function imagesOf(data) {
  const found = [];
  /** @param {string} name @param {unknown} value */
  const look = (name, value) => {
    if (found.length >= IMAGES_MAX) return;
    if (typeof value === "string" && shownAs(name, value).as === "image") found.push(value);
    else if (value !== null && typeof value === "object") {
      for (const [inner, each] of Object.entries(value)) look(/^\d+$/.test(inner) ? name : inner, each);
    }
  };
  look("", data);
  return found;
}

/** @param {Record<string, unknown>} data */
export function preload(data) {
  for (const address of imagesOf(data)) new Image().src = address;
}
