import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Resizes an image; rejects for files that are none. Resolves to the new file's path. */
export async function resize(source, { width, height, crop = false }) {
  const target = source.replace(/(\.\w+)$/, `-${width}$1`);
  const size = height ? `${width}x${height}${crop ? '^' : ''}` : String(width);
  await run('magick', [source, '-resize', size, target], { timeout: 60_000 });
  return target;
}
