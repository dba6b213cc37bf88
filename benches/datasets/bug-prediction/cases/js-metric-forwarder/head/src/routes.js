'use strict';

const express = require('express');
const { toLine } = require('./line');

/** Gauges of the edge agents carry no labels; they get the agent's own. */
function completed(sample, agent) {
  return sample.labels ? sample : { ...sample, labels: { host: agent } };
}

/** Samples of an upload, one JSON object a line; what is no JSON is counted. */
function parseLines(text) {
  const samples = [];
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const sample = JSON.parse(line);
      if (sample !== null && typeof sample === 'object') samples.push(sample);
      else unreadable += 1;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      unreadable += 1;
    }
  }
  return { samples, unreadable };
}

function routes(outbox) {
  const router = express.Router();

  router.post('/push', express.json(), (req, res) => {
    const agent = req.get('x-agent') || req.ip;
    const samples = req.body.samples || [];
    outbox.add(samples.map((sample) => toLine(completed(sample, agent))));
    res.status(202).json({ accepted: samples.length });
  });

  router.post('/upload', express.text({ type: 'application/x-ndjson', limit: '8mb' }), (req, res) => {
    const { samples, unreadable } = parseLines(typeof req.body === 'string' ? req.body : '');
    const lines = [];
    for (const sample of samples) {
      if (!Number.isFinite(sample.value)) continue;
      lines.push(toLine(sample));
    }
    outbox.add(lines);
    res.status(202).json({ accepted: lines.length, unreadable });
  });

  router.get('/stats', (req, res) => {
    res.json({ waiting: outbox.lines.length, dropped: outbox.dropped });
  });

  return router;
}

module.exports = { routes };
