'use strict';
const { Pool } = require('pg');
const { createApp } = require('./app');
const { Store } = require('./store');

const port = Number(process.env.PORT ?? 8080);
createApp(new Store(new Pool())).listen(port, () => console.log(`listening on ${port}`));
