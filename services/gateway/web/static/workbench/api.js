/**
 * The workbench's calls to the gateway.
 */

const TIMEOUT_MILLISECONDS = 20_000;

/** A refusal, or no answer at all. */
export class ApiProblem extends Error {
  /**
   * @param {object} given
   * @param {number} given.status 0 where nobody answered
   * @param {string} given.reason UPPER_SNAKE
   * @param {string} given.text for the person
   * @param {string} [given.field]
   * @param {number} [given.retrySeconds]
   */
  constructor({ status, reason, text, field = "", retrySeconds }) {
    super(`${status} ${reason}`);
    this.status = status;
    this.reason = reason;
    this.text = text;
    this.field = field;
    this.retrySeconds = retrySeconds;
  }

  /** Nothing is known of what became of the call: the same again is right. */
  get isUnreachable() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  get isSignedOut() {
    return this.status === 401;
  }
}

/** Calls in the name of the page's session. */
export class Api {
  /** @param {{csrfToken: string, fetch?: typeof fetch}} given */
  constructor({ csrfToken, fetch: fetcher = (...given) => fetch(...given) }) {
    this.csrfToken = csrfToken;
    this.fetch = fetcher;
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   * @throws {ApiProblem}
   */
  async post(path, body) {
    return this.#call(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": this.csrfToken },
      body: JSON.stringify(body),
    });
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   * @throws {ApiProblem}
   */
  async get(path) {
    return this.#call(path, {});
  }

  /**
   * Sent even though the page goes away; nobody waits for the answer.
   * @param {string} path
   * @param {object} body
   */
  parting(path, body) {
    this.fetch(path, {
      method: "POST",
      keepalive: true,
      headers: { "content-type": "application/json", "x-csrf-token": this.csrfToken },
      body: JSON.stringify(body),
    }).catch(() => undefined);
  }

  /** @param {string} path @param {RequestInit} init */
  async #call(path, init) {
    let response;
    try {
      response = await this.fetch(path, {
        ...init,
        headers: { accept: "application/json", ...init.headers },
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
    } catch {
      throw new ApiProblem({ status: 0, reason: "UNREACHABLE", text: "" });
    }
    let answer;
    try {
      answer = await response.json();
    } catch {
      throw new ApiProblem({ status: response.ok ? 0 : response.status, reason: "UNREADABLE", text: "" });
    }
    if (response.ok) return answer;
    const after = Number(response.headers.get("retry-after"));
    throw new ApiProblem({
      status: response.status,
      reason: String(answer.reason ?? ""),
      text: String(answer.detail ?? ""),
      field: String(answer.metadata?.field ?? ""),
      retrySeconds: after > 0 ? after : undefined,
    });
  }
}
