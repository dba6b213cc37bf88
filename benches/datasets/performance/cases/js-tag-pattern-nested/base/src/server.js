'use strict';

const express = require('express');
const { parseTags } = require('./tags');
const { Notes } = require('./notes');

const app = express();
const notes = new Notes();

app.use(express.json({ limit: '64kb' }));

app.post('/notes', (req, res) => {
  const { title, tags = '' } = req.body ?? {};
  if (typeof title !== 'string' || typeof tags !== 'string') {
    return res.status(400).json({ error: 'title and tags must be text' });
  }
  return res.status(201).json(notes.add(title, parseTags(tags)));
});

app.get('/notes', (req, res) => {
  res.json(notes.withTag(String(req.query.tag ?? '')));
});

app.listen(3000);
