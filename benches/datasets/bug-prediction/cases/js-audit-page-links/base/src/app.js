'use strict';
const express = require('express');
const { int } = require('./params');

/** The audit log's HTTP interface. */
function createApp(store) {
  const app = express();

  app.get('/actors/:actor/entries', async (req, res, next) => {
    try {
      const offset = int(req.query.offset, { or: 0 });
      const limit = int(req.query.limit, { or: 50, min: 1, max: 200 });
      const [total, entries] = await Promise.all([
        store.count(req.params.actor),
        store.list(req.params.actor, offset, limit),
      ]);
      res.json({ total, entries });
    } catch (error) {
      next(error);
    }
  });

  return app;
}

module.exports = { createApp };
