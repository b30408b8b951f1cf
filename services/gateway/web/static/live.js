// Figures that move: what the server pushes replaces the content of the elements it names.
"use strict";

const POLL_MILLISECONDS = 10000;

class Live {
  constructor(root) {
    this.root = root;
    this.address = root.dataset.live;
    this.open();
    // A tab that nobody looks at needs no connection.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.close(); else this.open();
    });
  }

  open() {
    if (this.source || this.timer) return;
    this.source = new EventSource(this.address);
    this.source.addEventListener("figures", (event) => this.show(JSON.parse(event.data)));
    this.source.addEventListener("stale", () => this.state("stale"));
    this.source.addEventListener("ended", () => { this.close(); window.location.reload(); });
    this.source.addEventListener("error", () => {
      if (this.source && this.source.readyState === EventSource.CLOSED) { this.close(); this.poll(); }
      this.state("stale");
    });
  }

  close() {
    if (this.source) this.source.close();
    clearInterval(this.timer);
    this.source = this.timer = null;
  }

  // Where the server has no stream to spare, it is asked now and then.
  poll() {
    this.timer = setInterval(async () => {
      const response = await fetch(this.address, { headers: { accept: "application/json" } });
      if (response.ok) this.show(await response.json());
      else if (response.status === 401) window.location.reload();
    }, POLL_MILLISECONDS);
  }

  show(figures) {
    this.state("live");
    for (const [id, text] of Object.entries(figures)) {
      const element = document.getElementById(id);
      if (!element) continue;
      if (element.matches("[data-chart]")) {
        element.dispatchEvent(new CustomEvent("figures", { detail: JSON.parse(text) }));
      } else if (!element.contains(document.activeElement)) {
        element.innerHTML = text;
        if (typeof localTimes === "function") localTimes(element);
      }
    }
    document.dispatchEvent(new CustomEvent("live:shown"));
  }

  state(name) {
    this.root.dataset.liveState = name;
  }
}

for (const root of document.querySelectorAll("[data-live]")) new Live(root);
