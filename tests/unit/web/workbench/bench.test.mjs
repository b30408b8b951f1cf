import assert from "node:assert/strict";
import test from "node:test";
import { Bench } from "../../../../services/gateway/web/static/workbench/bench.js";
import { Drafts } from "../../../../services/gateway/web/static/workbench/drafts.js";
import { MemoryStorage } from "./storage.mjs";

const task = (id) => ({
  assignment_id: id, task_id: `t-${id}`, lease_token: "l", ticket: "k", seconds_left: 60, data: {},
});

/** A bench at its first task; `world.show()` lets the sheet finish showing what comes next. */
async function bench({ tasks = ["a", "b"] } = {}) {
  const world = { sent: [], parted: [], answer: { result: [] }, shown: [] };
  const quiet = () => undefined;
  const sheet = {
    hasRegions: false,
    answer: () => world.answer,
    missing: () => [],
    close: () => { world.answer = { result: [] }; },
    show: (data, answer) => new Promise((resolve) => {
      sheet.close();
      world.show = () => { world.answer = answer ?? { result: [] }; resolve(); };
    }),
  };
  const drafts = new Drafts({ storage: new MemoryStorage(), person: "p", now: () => 100 });
  const given = tasks.map(task);
  const made = new Bench({
    api: {
      // What is held already is in every answer.
      post: async () => ({ assignments: given.filter((one) => !world.sent.includes(one.assignment_id)) }),
      parting: (path, body) => world.parted.push(body),
    },
    project: { project_id: "r", lease_seconds: 60 },
    sheet,
    leases: { hold: quiet, drop: quiet, tick: quiet, secondsLeft: () => 60, isEnding: () => false },
    drafts,
    outbox: {
      isFull: false,
      entries: () => [],
      has: () => false,
      flush: quiet,
      deliver: async (entry) => { world.sent.push(entry.assignment_id); return { kind: "delivered" }; },
    },
    meter: { start: quiet, seconds: () => 3 },
    view: new Proxy({}, { get: () => quiet }),
    now: () => 100,
  });
  const begun = made.begin(async () => undefined);
  await until(() => world.show !== undefined);
  return { made, world, drafts, begun };
}

async function until(isSo) {
  for (let turn = 0; turn < 100 && !isSo(); turn += 1) await Promise.resolve();
  assert.ok(isSo());
}

const box = (value) => ({ result: [{ id: "r1", from_name: "box", to_name: "photo", type: "x", value: { value } }] });

test("what is pressed twice sends nothing of a task that nobody has seen", async () => {
  const { made, world } = await bench();
  world.show();
  await until(() => made.isWorking);
  world.answer = box(1);
  world.show = undefined;
  const first = made.submit();
  await until(() => world.show !== undefined);
  await made.submit();
  assert.deepEqual(world.sent, ["a"]);
  world.show();
  await first;
  await made.submit();
  assert.deepEqual(world.sent, ["a", "b"]);
});

test("who leaves while a task is being shown keeps the draft of it", async () => {
  const { made, world, drafts } = await bench({ tasks: ["a"] });
  drafts.save({ assignment_id: "a", task_id: "t-a", answer: box(7), seconds: 9 });
  made.leave();
  assert.deepEqual(drafts.find("a", "t-a").answer, box(7));
  world.show();
});

test("a task that was lost while it was being shown is not on the page afterwards", async () => {
  const { made, world, begun } = await bench({ tasks: ["a"] });
  made.lost("a");
  world.show();
  await begun;
  assert.equal(made.isWorking, false);
  await made.submit();
  assert.deepEqual(world.sent, []);
});
