/** Cells of text columns, as the terminal board in the canteen shows them. */

export type Align = 'left' | 'right';

export function pad(text: string, width: number, align: Align): string {
  const gap = ' '.repeat(Math.max(0, width - text.length));
  return align === 'left' ? text + gap : gap + text;
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
