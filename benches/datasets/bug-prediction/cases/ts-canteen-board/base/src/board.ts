import { line, type Align } from './columns';
import type { Dish } from './menu';

const WIDTHS = [24, 7, 10];
const ALIGNS: Align[] = ['left', 'right', 'left'];

function cellsOf(dish: Dish): string[] {
  return [dish.name, (dish.cents / 100).toFixed(2), dish.allergens.join(' ')];
}

/** The whole board: a heading and a line for each dish of the day. */
export function board(day: string, dishes: readonly Dish[]): string[] {
  return [
    `== ${day} ==`,
    ...dishes.map((dish) => line(cellsOf(dish), WIDTHS, ALIGNS)),
  ];
}
