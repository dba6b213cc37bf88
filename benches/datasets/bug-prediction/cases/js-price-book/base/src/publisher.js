'use strict';

const { quote } = require('./quote');

class Publisher {
  constructor(bus, intervalMs = 250) {
    this.bus = bus;
    this.intervalMs = intervalMs;
    this.books = new Map();
    this.timer = null;
  }

  track(book) {
    this.books.set(book.symbol, book);
  }

  start() {
    this.timer = setInterval(() => this.tick(), this.intervalMs);
  }

  stop() {
    clearInterval(this.timer);
  }

  tick() {
    for (const book of this.books.values()) {
      this.bus.publish(`quotes.${book.symbol}`, quote(book));
    }
  }
}

module.exports = { Publisher };
