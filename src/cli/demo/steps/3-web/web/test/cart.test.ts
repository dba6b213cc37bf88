import assert from "node:assert/strict";
import { test } from "node:test";

import { add, summary, total } from "../src/cart";

const lamp = { sku: "L1", name: "Desk lamp", cents: 3000, count: 1 };
const mug = { sku: "M1", name: "Mug", cents: 850, count: 2 };

test("the same product stays on one line", () => {
  const items = add(add([], lamp), { ...lamp, count: 2 });
  assert.equal(items.length, 1);
  assert.equal(items[0].count, 3);
});

test("different products get lines of their own", () => {
  assert.equal(add([lamp], mug).length, 2);
});

test("the total counts every piece", () => {
  assert.equal(total([lamp, mug]), 4700);
});

test("the summary is for people", () => {
  assert.equal(summary([lamp, mug], "EUR"), "3 pieces, € 47.00");
  assert.equal(summary([lamp], "EUR"), "1 piece, € 30.00");
});
