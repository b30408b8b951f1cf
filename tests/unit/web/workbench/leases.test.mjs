import assert from "node:assert/strict";
import test from "node:test";
import { LeaseKeeper } from "../../../../services/gateway/web/static/workbench/leases.js";

const claimed = (id, secondsLeft) => ({ assignment_id: id, lease_token: `token-${id}`, seconds_left: secondsLeft });

function keeper({ answer = (lease) => ({ assignment_id: lease.assignment_id, seconds_left: 90 }), isThere = true } = {}) {
  const asked = [];
  const lost = [];
  const given = { isThere, answer };
  const leases = new LeaseKeeper({
    renew: async (due) => {
      asked.push(due.map((lease) => lease.assignment_id));
      return due.map((lease) => given.answer(lease));
    },
    wasActive: () => given.isThere,
    onLost: (id) => lost.push(id),
  });
  return { leases, asked, lost, given };
}

test("a hold is renewed once a third of it is over, together with the others", async () => {
  const { leases, asked } = keeper();
  leases.hold(claimed("a", 90), 90, 0);
  leases.hold(claimed("b", 90), 90, 0);
  await leases.tick(29);
  assert.deepEqual(asked, []);
  await leases.tick(30);
  assert.deepEqual(asked, [["a", "b"]]);
  assert.equal(leases.secondsLeft("a", 30), 90);
  await leases.tick(59);
  assert.equal(asked.length, 1);
  await leases.tick(60);
  assert.equal(asked.length, 2);
});

test("nobody there: it is not renewed, and lost when it ends", async () => {
  const { leases, asked, lost } = keeper({ isThere: false });
  leases.hold(claimed("a", 90), 90, 0);
  await leases.tick(89);
  assert.equal(leases.isEnding("a", 89), true);
  await leases.tick(90);
  assert.deepEqual([asked, lost], [[], ["a"]]);
  assert.equal(leases.secondsLeft("a", 90), 0);
});

test("what the server says is lost is lost, and the others are kept", async () => {
  const { leases, lost } = keeper({
    answer: (lease) => (lease.assignment_id === "a"
      ? { assignment_id: "a", error: { reason: "LEASE_LOST" } }
      : { assignment_id: "b", seconds_left: 90 }),
  });
  leases.hold(claimed("a", 60), 90, 0);
  leases.hold(claimed("b", 60), 90, 0);
  await leases.tick(1);
  assert.deepEqual(lost, ["a"]);
  assert.equal(leases.secondsLeft("b", 1), 90);
});

test("a server that does not answer is asked again in a few seconds", async () => {
  const { leases, asked, lost, given } = keeper();
  leases.hold(claimed("a", 90), 90, 0);
  given.answer = () => { throw new Error("unreachable"); };
  await leases.tick(30);
  await leases.tick(32);
  assert.equal(asked.length, 1);
  given.answer = (lease) => ({ assignment_id: lease.assignment_id, seconds_left: 90 });
  await leases.tick(35);
  assert.equal(asked.length, 2);
  assert.deepEqual(lost, []);
});

test("what was answered is not renewed any more", async () => {
  const { leases, asked } = keeper();
  leases.hold(claimed("a", 90), 90, 0);
  leases.drop("a");
  await leases.tick(80);
  assert.deepEqual(asked, []);
});
