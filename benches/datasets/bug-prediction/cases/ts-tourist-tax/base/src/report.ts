import type { Stay, StayStore } from './stays';
import { taxRow } from './tourist-tax';

function ended(stay: Stay): boolean {
  return stay.until !== '';
}

/** The lines of a month's declaration to the town. */
export async function declaration(store: StayStore, from: Date, to: Date): Promise<string[]> {
  const stays = (await store.between(from, to)).filter(ended);
  stays.sort((a, b) => a.from.localeCompare(b.from));
  const rows = stays.map(taxRow);
  const total = rows.reduce((sum, row) => sum + row.cents, 0);
  return [
    'room;from;until;cents',
    ...rows.map((row) => `${row.room};${row.from};${row.until};${row.cents}`),
    `total;;;${total}`,
  ];
}
