export interface Dish {
  name: string;
  cents: number;
  allergens: string[];
}

/** The kitchen's sheet: one dish a line, `name | price | allergens`. */
export function readMenu(sheet: string): Dish[] {
  return sheet
    .split('\n')
    .map((text) => text.split('|').map((part) => part.trim()))
    .filter((parts) => parts.length === 3 && parts[0] !== '')
    .map((parts) => ({
      name: parts[0] as string,
      cents: Math.round(Number(parts[1]) * 100),
      allergens: (parts[2] as string).split(',').map((each) => each.trim()),
    }));
}
