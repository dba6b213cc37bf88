import express from 'express';
import { roleOf } from './session.js';

/** Pages and data of the catalogue. */
export function routes(catalogue) {
  const router = express.Router();

  router.get('/terms/:term', async (request, response, next) => {
    try {
      const role = roleOf(request);
      const courses = await catalogue.courses(request.params.term, role);
      const drafts = role === 'staff' ? courses.filter((each) => each.draft) : [];
      response.render('term', { term: request.params.term, role, courses, drafts });
    } catch (error) {
      next(error);
    }
  });

  router.get('/terms/:term/courses.json', async (request, response, next) => {
    try {
      response.json(await catalogue.courses(request.params.term, roleOf(request)));
    } catch (error) {
      next(error);
    }
  });

  return router;
}
