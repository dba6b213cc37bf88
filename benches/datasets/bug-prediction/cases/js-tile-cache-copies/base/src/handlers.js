'use strict';

/** GET /tiles/:z/:x/:y.json */
function tileHandler(tiles) {
  return async (req, res, next) => {
    try {
      const { z, x, y } = req.params;
      const features = await tiles.features(Number(z), Number(x), Number(y));
      res.json({ type: 'FeatureCollection', features });
    } catch (error) {
      next(error);
    }
  };
}

module.exports = { tileHandler };
