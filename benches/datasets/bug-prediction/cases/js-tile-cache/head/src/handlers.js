'use strict';

/** GET /labels/:z/:x/:y.json?limit=20: what deserves a name, the largest first. */
function labelHandler(tiles) {
  return async (req, res, next) => {
    try {
      const { z, x, y } = req.params;
      const limit = Math.min(Number(req.query.limit) || 20, 100);
      const features = await tiles.features(Number(z), Number(x), Number(y));
      const labels = features
        .sort((a, b) => b.properties.area - a.properties.area)
        .slice(0, limit)
        .filter((feature) => feature.properties.name)
        .map((feature) => ({ name: feature.properties.name, at: feature.properties.centre }));
      res.json({ labels });
    } catch (error) {
      next(error);
    }
  };
}

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

module.exports = { labelHandler, tileHandler };
