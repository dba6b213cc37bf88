'use strict';
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const TYPES = { png: 'image/png', svg: 'image/svg+xml', pdf: 'application/pdf' };

/** Renders a chart; throws for formats that we do not have. */
async function render(id, format) {
  const type = TYPES[format];
  if (!type) throw Object.assign(new Error(`no format ${format}`), { status: 422 });
  const { stdout } = await promisify(execFile)('chart-render', ['--id', id, '--format', format], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 30_000,
  });
  return { type, data: stdout };
}

module.exports = { render };
