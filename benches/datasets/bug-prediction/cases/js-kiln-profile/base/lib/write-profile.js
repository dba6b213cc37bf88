'use strict';

/** The text of a profile. Values must not have line ends. */
function writeProfile(profile) {
  const lines = ['# kiln profile'];
  for (const [name, value] of Object.entries(profile)) {
    if (/[\r\n]/.test(value)) {
      throw new Error(`the value of ${name} has a line end`);
    }
    lines.push(`${name}=${value}`);
  }
  return lines.join('\n') + '\n';
}

module.exports = { writeProfile };
