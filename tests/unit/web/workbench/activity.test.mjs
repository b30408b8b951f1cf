import assert from "node:assert/strict";
import test from "node:test";
import { ActivityMeter } from "../../../../services/gateway/web/static/workbench/activity.js";

const started = (carried = 0) => {
  const meter = new ActivityMeter();
  meter.start(100, carried);
  return meter;
};

test("an input counts on for half a minute and no longer", () => {
  const meter = started();
  assert.equal(meter.seconds(120), 20);
  assert.equal(meter.seconds(130), 30);
  assert.equal(meter.seconds(500), 30);
});

test("a pause is left out, and what comes after it counts", () => {
  const meter = started();
  meter.input(400);
  assert.equal(meter.seconds(410), 40);
});

test("nothing counts while the page is out of view", () => {
  const meter = started();
  meter.setVisible(false, 110);
  meter.setVisible(true, 300);
  meter.input(300);
  assert.equal(meter.seconds(305), 15);
});

test("a recording that plays counts without any input", () => {
  const meter = started();
  meter.setPlaying(true, 100);
  assert.equal(meter.seconds(400), 300);
  meter.setPlaying(false, 400);
  assert.equal(meter.seconds(900), 300);
});

test("what was counted before a reload is carried", () => {
  assert.equal(started(12).seconds(105), 17);
});

test("somebody is there within a minute of an input, and only while they see the page", () => {
  const meter = started();
  assert.equal(meter.wasActive(160, 60), true);
  assert.equal(meter.wasActive(161, 60), false);
  meter.setVisible(false, 110);
  assert.equal(meter.wasActive(111, 60), false);
});

test("a clock that goes back takes nothing away", () => {
  const meter = started();
  assert.equal(meter.seconds(110), 10);
  assert.equal(meter.seconds(90), 10);
  assert.equal(meter.seconds(112), 12);
});
