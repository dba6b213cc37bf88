'use strict';

const CARRIERS = require('./carriers');

const LINE_WIDTH = 32;
const HOME = 'NL';
const CUSTOMS_LIMIT = 2200; // cents: below it no declaration is asked for

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

/** The customs lines of a parcel that leaves the union. */
function customsLines(order, country) {
  const worth = order.items.reduce((sum, item) => sum + item.cents * item.count, 0);
  if (worth < CUSTOMS_LIMIT) {
    return [];
  }
  const what = order.items.map((item) => item.kind).join(', ');
  return [`CN22 ${country} ${(worth / 100).toFixed(2)}`, ...wrap(what)];
}

/**
 * Lines of the label that the desk's printer puts on an order's parcel.
 * Orders that are picked up get a counter slip in its place.
 */
function labelLines(order) {
  const country = order.shipTo.country || HOME;
  const abroad = country !== HOME;
  if (!order.shipTo) {
    return counterSlip(order);
  }
  const wanted = CARRIERS[order.carrier] || CARRIERS.post;
  const carrier = abroad && !wanted.abroad ? CARRIERS.post : wanted;
  return [
    carrier.name,
    `No. ${order.number}`,
    ...wrap(order.customer),
    ...wrap(order.shipTo.street),
    `${order.shipTo.postcode} ${order.shipTo.city}`,
    ...(abroad ? [country, ...customsLines(order, country)] : []),
  ];
}

module.exports = { labelLines, counterSlip };
