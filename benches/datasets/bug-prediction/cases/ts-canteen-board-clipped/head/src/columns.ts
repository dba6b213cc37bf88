/** Cells of text columns, as the terminal board in the canteen shows them. */

export type Align = 'left' | 'right' | 'centre' | 'leader';

/** Text filled up to a column's width; a leader is a row of dots after it. */
export function pad(text: string, width: number, align: Align): string {
  const room = width - text.length;
  switch (align) {
    case 'left':
      return text + ' '.repeat(room);
    case 'leader':
      return text + '.'.repeat(room);
    case 'centre':
      return ' '.repeat(Math.floor(room / 2)) + text + ' '.repeat(Math.ceil(room / 2));
    default:
      return ' '.repeat(room) + text;
  }
}

/** Text cut to a width, with a mark that something is missing. */
function clip(text: string, width: number): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width - 1)) + (width > 0 ? '~' : '');
}

/** One line of a table. */
export function line(cells: readonly string[], widths: readonly number[], aligns: readonly Align[]): string {
  return cells
    .map((cell, at) => {
      const width = widths[at] ?? 0;
      return pad(clip(cell, width), width, aligns[at] ?? 'left');
    })
    .join('  ');
}
