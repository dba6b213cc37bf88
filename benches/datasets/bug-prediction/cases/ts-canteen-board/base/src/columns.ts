/** Cells of text columns, as the terminal board in the canteen shows them. */

export type Align = 'left' | 'right';

export function pad(text: string, width: number, align: Align): string {
  const gap = ' '.repeat(Math.max(0, width - text.length));
  return align === 'left' ? text + gap : gap + text;
}

/** One line of a table. */
export function line(cells: readonly string[], widths: readonly number[], aligns: readonly Align[]): string {
  return cells.map((cell, at) => pad(cell, widths[at] ?? 0, aligns[at] ?? 'left')).join('  ');
}
