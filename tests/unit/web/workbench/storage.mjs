/** A browser's storage, as far as the modules use it. */
export class MemoryStorage {
  #items = new Map();
  room = Infinity;

  get length() { return this.#items.size; }
  key(place) { return [...this.#items.keys()][place] ?? null; }
  getItem(key) { return this.#items.get(key) ?? null; }
  removeItem(key) { this.#items.delete(key); }
  setItem(key, value) {
    if (value.length > this.room) throw new Error("QuotaExceededError");
    this.#items.set(key, String(value));
  }
}
