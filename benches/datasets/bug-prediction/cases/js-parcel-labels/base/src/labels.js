'use strict';

const CARRIERS = require('./carriers');

const LINE_WIDTH = 32;

function wrap(text) {
  const out = [];
  for (let at = 0; at < text.length; at += LINE_WIDTH) {
    out.push(text.slice(at, at + LINE_WIDTH));
  }
  return out;
}

/** The slip that lies with orders handed out at the counter. */
function counterSlip(order) {
  return ['COUNTER', `No. ${order.number}`, ...wrap(order.customer)];
}

/**
 * Lines of the label that the desk's printer puts on an order's parcel.
 * Orders that are picked up get a counter slip in its place.
 */
function labelLines(order) {
  if (!order.shipTo) {
    return counterSlip(order);
  }
  const carrier = CARRIERS[order.carrier] || CARRIERS.post;
  return [
    carrier.name,
    `No. ${order.number}`,
    ...wrap(order.customer),
    ...wrap(order.shipTo.street),
    `${order.shipTo.postcode} ${order.shipTo.city}`,
  ];
}

module.exports = { labelLines, counterSlip };
