'use strict';

const MAX_TAGS = 8;

/** Splits what people type into the field "tags". */
function parseTags(text) {
  const tags = text
    .split(',')
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag.length > 0 && tag.length <= 60);
  return [...new Set(tags)].slice(0, MAX_TAGS);
}

module.exports = { parseTags, MAX_TAGS };
