'use strict';

/**
 * Reads a kiln's profile: `name=value` lines as `writeProfile` of the same
 * controller writes them. Comments begin with `#`.
 */
function readProfile(text) {
  const profile = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) {
      continue;
    }
    const at = line.indexOf('=');
    if (at < 0) {
      throw new Error(`no value in the line ${line}`);
    }
    profile[line.slice(0, at)] = line.slice(at + 1);
  }
  return profile;
}

module.exports = { readProfile };
