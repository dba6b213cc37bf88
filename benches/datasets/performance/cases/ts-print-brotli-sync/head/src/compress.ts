import { brotliCompressSync, constants } from 'node:zlib';

/** Text for a browser that understands Brotli. */
export function compressed(text: string): Buffer {
  return brotliCompressSync(Buffer.from(text, 'utf8'), {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    },
  });
}
