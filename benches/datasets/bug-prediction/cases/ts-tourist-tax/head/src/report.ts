import type { Stay, StayStore } from './stays';
import { taxRow } from './tourist-tax';

export interface Options {
  /** Leave out stays of one night, which the town does not tax in winter. */
  winter?: boolean;
}

function taxed(stay: Stay, options: Options): boolean {
  return stay.nights > (options.winter ? 1 : 0);
}

/** The lines of a month's declaration to the town: stays that are taxed. */
export async function declaration(
  store: StayStore,
  from: Date,
  to: Date,
  options: Options = {},
): Promise<string[]> {
  const stays = (await store.between(from, to)).filter((stay) => taxed(stay, options));
  stays.sort((a, b) => a.from.localeCompare(b.from));
  const rows = stays.map(taxRow);
  const total = rows.reduce((sum, row) => sum + row.cents, 0);
  return [
    'room;from;until;cents',
    ...rows.map((row) => `${row.room};${row.from};${row.until};${row.cents}`),
    `total;;;${total}`,
  ];
}
