'use strict';

const ESCAPE = /[ ,=]/g;

function escapeTag(value) {
  return String(value).replace(ESCAPE, '\\$&');
}

/** One sample as a line of the InfluxDB line protocol. */
function toLine(sample) {
  const tags = [`host=${escapeTag(sample.labels.host)}`];
  for (const [name, value] of Object.entries(sample.labels)) {
    if (name !== 'host') tags.push(`${name}=${escapeTag(value)}`);
  }
  return `${sample.name},${tags.join(',')} value=${sample.value} ${sample.ts}`;
}

module.exports = { toLine };
