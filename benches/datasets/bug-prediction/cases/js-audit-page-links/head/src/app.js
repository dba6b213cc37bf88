'use strict';
const express = require('express');
const { at, int } = require('./params');

/** The audit log's HTTP interface. */
function createApp(store) {
  const app = express();

  app.get('/actors/:actor/entries', async (req, res, next) => {
    try {
      const offset = int('offset', req.query.offset, { or: 0 });
      const limit = int('limit', req.query.limit, { or: 50, min: 1, max: 200 });
      const [total, entries] = await Promise.all([
        store.count(req.params.actor),
        store.list(req.params.actor, offset, limit),
      ]);
      res.json({
        total,
        entries,
        next: offset + limit < total ? at(req, offset + limit) : null,
        previous: offset > 0 ? at(req, Math.max(0, offset - limit)) : null,
      });
    } catch (error) {
      next(error);
    }
  });

  return app;
}

module.exports = { createApp };
