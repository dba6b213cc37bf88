'use strict';

const { money } = require('./money');

const HOUSE_CURRENCY = 'EUR';

/**
 * Text of a member's monthly statement.
 * `postings` come from the ledger's export, in which every column is text;
 * those from before 2019 have an empty currency.
 */
function statementText(member, postings) {
  const lines = [`Statement for ${member.name}`, ''];
  let sum = 0;
  for (const posting of postings) {
    const currency = posting.currency || member.currency || HOUSE_CURRENCY;
    const cents = Number(posting.cents);
    lines.push(`${posting.day}  ${posting.text}  ${money(cents, member.locale, currency)}`);
    sum += cents;
  }
  lines.push('', `Balance  ${money(sum, member.locale, member.currency || HOUSE_CURRENCY)}`);
  return lines.join('\n');
}

module.exports = { statementText };
