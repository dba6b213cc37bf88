'use strict';

const { money } = require('./money');

const HOUSE_CURRENCY = 'EUR';

/**
 * Text of a member's monthly statement, with one balance for each currency.
 * `postings` come from the ledger's export, in which every column is text;
 * those from before 2019 have an empty currency.
 */
function statementText(member, postings) {
  const lines = [`Statement for ${member.name}`, ''];
  const sums = new Map();
  for (const posting of postings) {
    const currency = posting.currency ?? member.currency ?? HOUSE_CURRENCY;
    const cents = Number(posting.cents);
    lines.push(`${posting.day}  ${posting.text}  ${money(cents, member.locale, currency)}`);
    sums.set(currency, (sums.get(currency) ?? 0) + cents);
  }
  lines.push('');
  for (const [currency, cents] of [...sums].sort()) {
    lines.push(`Balance ${currency}  ${money(cents, member.locale, currency)}`);
  }
  return lines.join('\n');
}

module.exports = { statementText };
