'use strict';
const express = require('express');
const { optionalUser } = require('../auth');
const quota = require('../quota');
const { render } = require('../render');

const router = express.Router();

router.post('/charts/:id/export', optionalUser, async (req, res, next) => {
  try {
    const key = req.user ? `user:${req.user.sub}` : `ip:${req.ip}`;
    if (!quota.take(key, req.user)) {
      return res.status(429).json({ error: 'quota used up', limit: quota.limitOf(req.user) });
    }
    const file = await render(req.params.id, req.body.format || 'png');
    res.type(file.type).send(file.data);
  } catch (error) {
    next(error);
  }
});

module.exports = router;
