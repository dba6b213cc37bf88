'use strict';

const fs = require('node:fs/promises');
const { readProfile } = require('./profile');
const { writeProfile } = require('./write-profile');

/**
 * A firing: its curve is text such as `t=0:20 t=90:600 hold=30`, typed by
 * the potter, and goes to the controller as it is.
 */
async function saveFiring(path, firing) {
  await fs.writeFile(path, writeProfile({ title: firing.title, curve: firing.curve }), 'utf8');
}

async function loadFiring(path) {
  const { title, curve } = readProfile(await fs.readFile(path, 'utf8'));
  return { title: decodeURIComponent(title), curve: decodeURIComponent(curve) };
}

module.exports = { saveFiring, loadFiring };
