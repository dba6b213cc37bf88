'use strict';

/** Order book of one instrument; levels are [price, size], in no order. */
class Book {
  constructor(symbol) {
    this.symbol = symbol;
    this.bids = new Map();
    this.asks = new Map();
    this.updatedAt = 0;
  }

  apply(update) {
    for (const [price, size] of update.bids) set(this.bids, price, size);
    for (const [price, size] of update.asks) set(this.asks, price, size);
    this.updatedAt = update.ts;
  }

  levels(side) {
    return [...this[side].entries()];
  }
}

function set(levels, price, size) {
  if (size === 0) levels.delete(price);
  else levels.set(price, size);
}

module.exports = { Book };
