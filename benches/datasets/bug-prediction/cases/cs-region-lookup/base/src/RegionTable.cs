using System;
using System.Collections.Generic;

namespace Geo
{
    /// <summary>The regions that the service knows, by ISO 3166-2 code.</summary>
    public sealed class RegionTable
    {
        private readonly Dictionary<string, Region> _byCode =
            new Dictionary<string, Region>(StringComparer.OrdinalIgnoreCase);

        public RegionTable(IEnumerable<Region> regions)
        {
            foreach (Region region in regions)
            {
                _byCode[region.Code] = region;
            }
        }

        public int Count
        {
            get { return _byCode.Count; }
        }

        /// <summary>The region of a code, or null.</summary>
        public Region Find(string code)
        {
            return _byCode.TryGetValue(code, out Region region) ? region : null;
        }
    }
}
