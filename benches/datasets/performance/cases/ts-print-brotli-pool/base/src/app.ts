import express from 'express';
import { printEdition, type PageStore } from './pages.js';

/** The web application; one process serves all readers. */
export function createApp(store: PageStore): express.Express {
  const app = express();

  app.get('/pages/:slug', async (req, res, next) => {
    try {
      const page = await store.find(req.params.slug);
      if (page === undefined) {
        res.status(404).send('No such page');
        return;
      }
      res.type('html').send(page.html);
    } catch (error) {
      next(error);
    }
  });

  app.get('/print', async (_req, res, next) => {
    try {
      res.type('html').send(await printEdition(store));
    } catch (error) {
      next(error);
    }
  });

  return app;
}
