using System.Threading;
using System.Threading.Tasks;

namespace Touren.Geocoding;

public readonly record struct Point(double Latitude, double Longitude);

public interface IProvider
{
    Task<Point?> LookUpAsync(string address, CancellationToken token);
}
