#!/usr/bin/env node
import { DiskCache } from '../lib/disk-cache.js';
import { Supplier } from '../lib/supplier.js';

const SUPPLIERS = {
  north: 'https://prices.north.example/list.json',
  lake: 'https://api.lake.example/v3/prices',
};

const cache = new DiskCache(process.env.CACHE_DIR ?? '.cache');
const rows = [];
for (const [name, url] of Object.entries(SUPPLIERS)) {
  for (const [sku, price] of Object.entries(await new Supplier(name, url, cache).prices())) {
    rows.push({ sku, price, supplier: name });
  }
}
rows.sort((a, b) => a.sku.localeCompare(b.sku) || a.price - b.price);
process.stdout.write(JSON.stringify(rows, null, 1) + '\n');
