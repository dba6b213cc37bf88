'use strict';

const MAX_TAGS = 8;

/** Words of letters and digits in any script, with a blank or a hyphen between them. */
const TAG = /^([\p{L}\p{N}]+[ -]?)*$/u;

/** Splits what people type into the field "tags"; says which of them are no tags. */
function parseTags(text) {
  const tags = text
    .split(',')
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag.length > 0 && tag.length <= 60);
  const accepted = [];
  const rejected = [];
  for (const tag of tags) (TAG.test(tag) ? accepted : rejected).push(tag);
  return { tags: [...new Set(accepted)].slice(0, MAX_TAGS), rejected };
}

module.exports = { parseTags, MAX_TAGS };
