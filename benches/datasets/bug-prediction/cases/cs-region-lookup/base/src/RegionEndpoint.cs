using System.Collections.Generic;

namespace Geo
{
    /// <summary>GET /regions/{code}, linked in lower case: /regions/at-9.</summary>
    public sealed class RegionEndpoint
    {
        private readonly RegionTable _table;

        public RegionEndpoint(RegionTable table)
        {
            _table = table;
        }

        public int Get(string code, IDictionary<string, object> body)
        {
            Region region = _table.Find(code);
            if (region == null)
            {
                return 404;
            }
            body["code"] = region.Code;
            body["name"] = region.Name;
            body["centre"] = new[] { region.Longitude, region.Latitude };
            return 200;
        }
    }
}
