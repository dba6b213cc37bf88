'use strict';

/** Best level of a side, or null for an empty side. */
function best(levels, better) {
  let top = null;
  for (const level of levels) {
    if (top === null || better(level[0], top[0])) top = level;
  }
  return top;
}

/** Top of the book with its spread, as the feed publishes it. */
function quote(book) {
  const bid = best(book.levels('bids'), (a, b) => a > b);
  const ask = best(book.levels('asks'), (a, b) => a < b);
  return {
    symbol: book.symbol,
    bid: bid && bid[0],
    ask: ask && ask[0],
    spread: bid && ask ? ask[0] - bid[0] : null,
    ts: book.updatedAt,
  };
}

module.exports = { quote };
