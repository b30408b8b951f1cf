import assert from "node:assert/strict";
import test from "node:test";
import { Api, ApiProblem } from "../../../../services/gateway/web/static/workbench/api.js";
import { comboOf, Hotkeys, isTyping } from "../../../../services/gateway/web/static/workbench/hotkeys.js";
import { fieldOf } from "../../../../services/gateway/web/static/workbench/labelconfig.js";
import { comparedFields, shownAs } from "../../../../services/gateway/web/static/workbench/plaindata.js";
import { imagesOf } from "../../../../services/gateway/web/static/workbench/preload.js";
import { itemsOf, moved } from "../../../../services/gateway/web/static/workbench/ranking.js";
import { clock, Words } from "../../../../services/gateway/web/static/workbench/words.js";

const key = (name, more = {}) => ({
  key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, target: null,
  preventDefault() { this.defaultPrevented = true; }, stopPropagation() {}, ...more,
});

test("keys have one name on every machine", () => {
  assert.equal(comboOf(key("Enter", { ctrlKey: true })), "ctrl+enter");
  assert.equal(comboOf(key("Enter", { metaKey: true })), "ctrl+enter");
  assert.equal(comboOf(key("?", { shiftKey: true })), "?");
  assert.equal(comboOf(key("Z", { ctrlKey: true, shiftKey: true })), "ctrl+shift+z");
  assert.equal(comboOf(key(" ", { ctrlKey: true })), "ctrl+space");
});

test("a key that is held down sends once, and is nobody else's", () => {
  const done = [];
  const keys = new Hotkeys();
  keys.bind("ctrl+enter", "send", () => { done.push("send"); });
  keys.bind("ctrl+z", "undo", () => { done.push("undo"); }, { repeats: true });
  for (const name of ["Enter", "z"]) {
    keys.handle(key(name, { ctrlKey: true }));
    assert.equal(keys.handle(key(name, { ctrlKey: true, repeat: true })), true);
  }
  assert.deepEqual(done, ["send", "undo", "undo"]);
});

test("letters that are typed are letters; keys that send work everywhere", () => {
  const done = [];
  const keys = new Hotkeys();
  keys.bind("h", "help", () => { done.push("help"); });
  keys.bind("ctrl+enter", "send", () => { done.push("send"); }, { inFields: true });
  const field = { tagName: "TEXTAREA" };
  assert.equal(keys.handle(key("h", { target: field })), false);
  assert.equal(keys.handle(key("h")), true);
  assert.equal(keys.handle(key("Enter", { ctrlKey: true, target: field })), true);
  keys.isPaused = true;
  assert.equal(keys.handle(key("h")), false);
  assert.deepEqual(done, ["help", "send"]);
  assert.deepEqual(keys.list().map((each) => each.key), ["h", "ctrl+enter"]);
  assert.equal(isTyping({ tagName: "INPUT", type: "checkbox" }), false);
});

test("fields are shown as what they look like", () => {
  assert.equal(shownAs("image", "/media/med_1?expires=1&signature=2").as, "image");
  assert.equal(shownAs("anything", "https://x.test/a.JPG?x=1").as, "image");
  assert.equal(shownAs("audio", "/media/med_2").as, "audio");
  assert.equal(shownAs("image", "a red bird").as, "text");
  assert.equal(shownAs("more", { a: [1] }).as, "json");
  assert.equal(shownAs("answer_a", "x").label, "Answer a");
});

test("two candidates are found by their names", () => {
  assert.deepEqual(comparedFields(["prompt", "answer_a", "answer_b"]), ["answer_a", "answer_b"]);
  assert.deepEqual(comparedFields(["left", "right", "q"]), ["left", "right"]);
  assert.equal(comparedFields(["text", "image"]), undefined);
});

test("photos of the next task are found at any depth, and not without end", () => {
  assert.deepEqual(imagesOf({ photos: ["/media/1", { image: "/media/2" }], text: "no" }), ["/media/1", "/media/2"]);
  assert.equal(imagesOf({ images: Array.from({ length: 99 }, (_, n) => `/media/${n}.png`) }).length, 20);
});

test("an item moves to its place and no further", () => {
  assert.deepEqual(moved(["a", "b", "c"], "c", 0), ["c", "a", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", 9), ["b", "c", "a"]);
  assert.deepEqual(itemsOf([{ id: 1, title: "x" }, "no", null, { title: "no id" }]), [{ id: "1", title: "x", body: "" }]);
  assert.deepEqual(itemsOf("no list"), []);
});

test("fields of the data by Label Studio's notation", () => {
  const data = { a: { b: [1] }, c: "x" };
  assert.deepEqual(fieldOf("$a.b", data), [1]);
  assert.equal(fieldOf("$c.d", data), undefined);
  assert.equal(fieldOf("plain", data), undefined);
});

test("clocks and plurals", () => {
  assert.deepEqual([clock(5), clock(65), clock(3723.2), clock(-1)], ["0:05", "1:05", "1:02:04", "0:00"]);
  const words = new Words({ left_one: "%(num)s left", left_other: "%(num)s are left", hi: "Hi %(who)s" }, "en");
  assert.equal(words.count("left", 1), "1 left");
  assert.equal(words.count("left", 1200), "1,200 are left");
  assert.equal(words.say("hi", { who: "Ada" }), "Hi Ada");
});

test("answers of the gateway, refusals and silence", async () => {
  const answers = [];
  const api = new Api({
    csrfToken: "t",
    fetch: async (path, init) => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      assert.equal(init.method === "POST" ? init.headers["x-csrf-token"] : "t", "t");
      return next;
    },
  });
  answers.push(new Response('{"a": 1}'));
  assert.deepEqual(await api.post("/x", {}), { a: 1 });
  const problem = async (answer) => {
    answers.push(answer);
    return api.post("/x", {}).then(() => assert.fail("it was taken"), (err) => err);
  };
  const refused = await problem(new Response(
    JSON.stringify({ reason: "RESULT_INVALID", detail: "no", metadata: { field: "result[0]" } }), { status: 400 },
  ));
  assert.ok(refused instanceof ApiProblem);
  assert.deepEqual([refused.reason, refused.field, refused.isUnreachable], ["RESULT_INVALID", "result[0]", false]);
  assert.equal((await problem(new TypeError("failed to fetch"))).isUnreachable, true);
  assert.equal((await problem(new Response("<html>", { status: 502 }))).isUnreachable, true);
  assert.equal((await problem(new Response("{}", { status: 429, headers: { "retry-after": "7" } }))).retrySeconds, 7);
  assert.equal((await problem(new Response("{}", { status: 401 }))).isSignedOut, true);
});
