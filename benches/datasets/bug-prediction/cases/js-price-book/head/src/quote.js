'use strict';

const higher = (top, level) => (level[0] > top[0] ? level : top);
const lower = (top, level) => (level[0] < top[0] ? level : top);

/** Top of the book with its sizes and spread, as the feed publishes it. */
function quote(book) {
  const [bid, bidSize] = book.levels('bids').reduce(higher);
  const [ask, askSize] = book.levels('asks').reduce(lower);
  const depth = bidSize + askSize;
  return {
    symbol: book.symbol,
    bid,
    ask,
    bidSize,
    askSize,
    spread: ask - bid,
    imbalance: (bidSize - askSize) / depth,
    ts: book.updatedAt,
  };
}

module.exports = { quote };
