namespace Geo
{
    public sealed class Region
    {
        public string Code { get; set; }

        public string Name { get; set; }

        public double Latitude { get; set; }

        public double Longitude { get; set; }
    }
}
