'use strict';

/** The text of a profile. Values are escaped as in addresses. */
function writeProfile(profile) {
  const lines = ['# kiln profile'];
  for (const [name, value] of Object.entries(profile)) {
    lines.push(`${name}=${encodeURIComponent(value)}`);
  }
  return lines.join('\n') + '\n';
}

module.exports = { writeProfile };
