import express from 'express';
import { compressed } from './compress.js';
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

  app.get('/print', async (req, res, next) => {
    try {
      const html = await printEdition(store);
      res.type('html').vary('Accept-Encoding');
      if (!req.acceptsEncodings('br')) {
        res.send(html);
        return;
      }
      const body = compressed(html);
      res.set('Content-Encoding', 'br').send(body);
    } catch (error) {
      next(error);
    }
  });

  return app;
}
