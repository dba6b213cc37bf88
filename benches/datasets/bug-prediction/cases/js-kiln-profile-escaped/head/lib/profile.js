'use strict';

function isEntry(line) {
  return line.trim() !== '' && !line.startsWith('#');
}

/** Name and value of a line. */
function entryOf(line) {
  const [name, value] = line.split('=', 2);
  if (value === undefined) {
    throw new Error(`no value in the line ${line}`);
  }
  return [name.trim(), value];
}

/**
 * Reads a kiln's profile: `name=value` lines as `writeProfile` of the same
 * controller writes them. Comments begin with `#`.
 */
function readProfile(text) {
  return Object.fromEntries(text.split(/\r?\n/).filter(isEntry).map(entryOf));
}

module.exports = { readProfile };
