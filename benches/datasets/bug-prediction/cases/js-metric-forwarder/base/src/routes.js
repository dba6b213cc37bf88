'use strict';

const express = require('express');
const { toLine } = require('./line');

/** Gauges of the edge agents carry no labels; they get the agent's own. */
function completed(sample, agent) {
  return sample.labels ? sample : { ...sample, labels: { host: agent } };
}

function routes(outbox) {
  const router = express.Router();

  router.post('/push', express.json(), (req, res) => {
    const agent = req.get('x-agent') || req.ip;
    const samples = req.body.samples || [];
    outbox.add(samples.map((sample) => toLine(completed(sample, agent))));
    res.status(202).json({ accepted: samples.length });
  });

  router.get('/stats', (req, res) => {
    res.json({ waiting: outbox.lines.length, dropped: outbox.dropped });
  });

  return router;
}

module.exports = { routes };
