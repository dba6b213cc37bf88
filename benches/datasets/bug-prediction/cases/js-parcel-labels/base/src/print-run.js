'use strict';

const { labelLines } = require('./labels');

/**
 * Prints what has been packed since the last run, oldest first.
 * `orders.packedSince` gives every packed order with its items, and with the
 * address that the customer typed, or none if it is collected in the shop.
 */
async function printRun(orders, printer, since) {
  const packed = await orders.packedSince(since);
  packed.sort((a, b) => a.packedAt - b.packedAt);
  let printed = 0;
  for (const order of packed) {
    await printer.send(labelLines(order));
    printed += 1;
  }
  return printed;
}

module.exports = { printRun };
