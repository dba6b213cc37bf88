'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const DEFAULTS = { timeout: '30s', retries: '3', delay: '250ms' };

function parse(text) {
  const values = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([a-z]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match) values[match[1]] = match[2];
  }
  return values;
}

function loadProfile(name, folder = path.join(os.homedir(), '.config', 'fetchall')) {
  const file = path.join(folder, `${name}.conf`);
  const own = fs.existsSync(file) ? parse(fs.readFileSync(file, 'utf8')) : {};
  const values = { ...DEFAULTS, ...own };
  return {
    timeoutMs: parseInt(values.timeout, 10) * 1000,
    retries: parseInt(values.retries, 10),
    delayMs: parseInt(values.delay, 10),
  };
}

module.exports = { loadProfile, parse };
