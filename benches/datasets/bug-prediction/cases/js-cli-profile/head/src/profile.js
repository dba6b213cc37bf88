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

function number(values, name) {
  return Number(values[name]);
}

function loadProfile(name, folder = path.join(os.homedir(), '.config', 'fetchall')) {
  const file = path.join(folder, `${name}.conf`);
  const own = fs.existsSync(file) ? parse(fs.readFileSync(file, 'utf8')) : {};
  const values = { ...DEFAULTS, ...own };
  return {
    timeoutMs: Math.round(number(values, 'timeout') * 1000),
    retries: number(values, 'retries'),
    delayMs: number(values, 'delay'),
  };
}

module.exports = { loadProfile, parse };
