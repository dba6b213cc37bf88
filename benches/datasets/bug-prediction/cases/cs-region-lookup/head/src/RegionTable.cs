using System;
using System.Collections.Generic;
using System.Linq;

namespace Geo
{
    /// <summary>The regions that the service knows, by ISO 3166-2 code.</summary>
    public sealed class RegionTable
    {
        private volatile Dictionary<string, Region> _byCode;

        public RegionTable(IEnumerable<Region> regions)
        {
            Load(regions);
        }

        public DateTime LoadedUtc { get; private set; }

        /// <summary>Takes the place of all regions there were.</summary>
        public void Load(IEnumerable<Region> regions)
        {
            _byCode = regions
                .GroupBy(region => region.Code)
                .ToDictionary(group => group.Key, group => group.Last());
            LoadedUtc = DateTime.UtcNow;
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
