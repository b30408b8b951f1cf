import assert from "node:assert/strict";
import test from "node:test";
import { Drafts } from "../../../../services/gateway/web/static/workbench/drafts.js";
import { MemoryStorage } from "./storage.mjs";

const draft = (id, task = `task-${id}`) => ({ assignment_id: id, task_id: task, answer: { value: id }, seconds: 3 });

test("a draft is found by its assignment, or by its task when that came back", () => {
  let now = 1;
  const drafts = new Drafts({ storage: new MemoryStorage(), person: "p", now: () => now });
  drafts.save(draft("a.0.0", "a"));
  now = 2;
  drafts.save({ ...draft("a.0.1", "a"), answer: { value: "newer" } });
  assert.equal(drafts.find("a.0.0", "a").answer.value, "a.0.0");
  assert.equal(drafts.find("a.0.2", "a").answer.value, "newer");
  assert.equal(drafts.find("b.0.0", "b"), undefined);
});

test("others who use the device do not see it", () => {
  const storage = new MemoryStorage();
  new Drafts({ storage, person: "p", now: () => 1 }).save(draft("a"));
  assert.deepEqual(new Drafts({ storage, person: "q", now: () => 1 }).all(), []);
});

test("delivered: every draft of the task goes, and no other", () => {
  const drafts = new Drafts({ storage: new MemoryStorage(), person: "p", now: () => 1 });
  drafts.save(draft("a.0.0", "a"));
  drafts.save(draft("a.0.1", "a"));
  drafts.save(draft("b"));
  drafts.forget("a.0.1", "a");
  assert.deepEqual(drafts.all().map((each) => each.assignment_id), ["b"]);
});

test("old drafts and those beyond a hundred go", () => {
  let now = 0;
  const drafts = new Drafts({ storage: new MemoryStorage(), person: "p", now: () => now });
  drafts.save(draft("old"));
  for (let n = 0; n < 120; n += 1) {
    now = 1_300_000 + n;
    drafts.save(draft(`d${n}`));
  }
  drafts.prune();
  assert.equal(drafts.all().length, 100);
  assert.equal(drafts.find("old", "task-old"), undefined);
});

test("no room is said, and what is not ours is left alone", () => {
  const storage = new MemoryStorage();
  storage.setItem("crewline.draft.p.strange", "{not json");
  storage.setItem("other", "mine");
  storage.room = 10;
  const drafts = new Drafts({ storage, person: "p", now: () => 1 });
  assert.equal(drafts.save(draft("a")), false);
  assert.deepEqual(drafts.all(), []);
  assert.equal(storage.getItem("other"), "mine");
});
