'use strict';

const formats = new Map();

/** A number format of a language and currency; they are costly to make. */
function formatOf(locale, currency) {
  const key = `${locale}/${currency}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { style: 'currency', currency });
    formats.set(key, format);
  }
  return format;
}

function money(cents, locale, currency) {
  return formatOf(locale, currency).format(cents / 100);
}

module.exports = { money };
