import assert from 'node:assert/strict';
import test from 'node:test';
import { Player } from '../src/player.js';

test('begins anew at the end', () => {
  const player = new Player(['a', 'b']);
  assert.equal(player.next(), 'b');
  assert.equal(player.next(), 'a');
});

test('an empty list plays nothing', () => {
  assert.equal(new Player([], { random: true }).next(), null);
});
