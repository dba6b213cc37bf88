import express from 'express';

/** Pages and data of the catalogue. */
export function routes(catalogue) {
  const router = express.Router();

  router.get('/terms/:term', async (request, response, next) => {
    try {
      const courses = await catalogue.courses(request.params.term);
      response.render('term', { term: request.params.term, courses });
    } catch (error) {
      next(error);
    }
  });

  return router;
}
