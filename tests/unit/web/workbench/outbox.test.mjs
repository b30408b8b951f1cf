import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../../../services/gateway/web/static/workbench/outbox.js";
import { MemoryStorage } from "./storage.mjs";

function outbox(storage = new MemoryStorage()) {
  const world = { now: 100, outcome: { kind: "delivered" }, sent: [], settled: [] };
  const box = new Outbox({
    storage,
    person: "p",
    now: () => world.now,
    random: () => 1,
    send: async (answer) => { world.sent.push(answer); return world.outcome; },
    onSettled: (entry, outcome) => world.settled.push([entry.assignment_id, outcome.kind]),
  });
  return { box, world };
}
const answer = (id) => ({ assignment_id: id, task_id: `t-${id}`, answer: { assignment_id: id, value: "x" } });

test("what is delivered at once is not kept", async () => {
  const { box } = outbox();
  assert.equal((await box.deliver(answer("a"))).kind, "delivered");
  assert.deepEqual(box.entries(), []);
});

test("what is not is kept, and sent again with the same body, later and later", async () => {
  const { box, world } = outbox();
  world.outcome = { kind: "unreachable" };
  await box.deliver(answer("a"));
  for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const before = world.sent.length;
    world.now += wait - 0.1;
    await box.flush();
    assert.equal(world.sent.length, before, `nothing before ${wait} s`);
    world.now += 0.2;
    await box.flush();
    assert.equal(world.sent.length, before + 1);
  }
  assert.equal(new Set(world.sent.map((each) => JSON.stringify(each))).size, 1);
  world.outcome = { kind: "delivered" };
  world.now += 61;
  await box.flush();
  assert.deepEqual([box.entries(), world.settled], [[], [["a", "delivered"]]]);
});

test("back online, everything goes at once, and a refusal is told and not repeated", async () => {
  const { box, world } = outbox();
  world.outcome = { kind: "unreachable", retry_seconds: 30 };
  await box.deliver(answer("a"));
  await box.deliver(answer("b"));
  world.outcome = { kind: "refused", reason: "LEASE_LOST" };
  await box.flush({ hurry: true });
  assert.deepEqual(world.settled, [["a", "refused"], ["b", "refused"]]);
  assert.deepEqual(box.entries(), []);
});

test("it is there after a reload, once an assignment", async () => {
  const storage = new MemoryStorage();
  const { box, world } = outbox(storage);
  world.outcome = { kind: "signed-out" };
  await box.deliver(answer("a"));
  await box.deliver(answer("a"));
  const again = outbox(storage);
  assert.equal(again.box.has("a"), true);
  assert.equal(again.box.entries().length, 1);
});

test("two flushes at once send nothing twice", async () => {
  const { box, world } = outbox();
  world.outcome = { kind: "unreachable" };
  await box.deliver(answer("a"));
  world.outcome = { kind: "delivered" };
  await Promise.all([box.flush({ hurry: true }), box.flush({ hurry: true })]);
  assert.equal(world.sent.length, 2);
});

test("it takes fifty and says when it is full", async () => {
  const { box, world } = outbox();
  world.outcome = { kind: "unreachable" };
  for (let n = 0; n < 50; n += 1) await box.deliver(answer(`a${n}`));
  assert.equal(box.isFull, true);
});
