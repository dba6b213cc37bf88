'use strict';

const express = require('express');
const { Pool } = require('pg');
const { Loans } = require('./loans');

const app = express();
const loans = new Loans(new Pool({ max: 10 }));

app.use(express.json());

app.post('/loans', async (request, response, next) => {
  try {
    const { gardener, variety, packets } = request.body;
    const answer = await loans.lend(gardener, variety, Number(packets));
    response.status(answer.lent ? 201 : 409).json(answer);
  } catch (error) {
    next(error);
  }
});

module.exports = { app };
