'use strict';
const jwt = require('jsonwebtoken');

/** Sets req.user for a valid token. Guests pass too: charts can be public. */
function optionalUser(req, res, next) {
  const [scheme, token] = (req.get('authorization') || '').split(' ');
  if (scheme === 'Bearer' && token) {
    try {
      req.user = jwt.verify(token, process.env.JWT_KEY);
    } catch {
      return res.status(401).json({ error: 'invalid token' });
    }
  }
  next();
}

module.exports = { optionalUser };
