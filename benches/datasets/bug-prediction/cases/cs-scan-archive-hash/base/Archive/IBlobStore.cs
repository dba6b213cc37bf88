using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Kanzlei.Archive;

public interface IBlobStore
{
    Task<bool> ExistsAsync(string name, CancellationToken token);

    Task PutAsync(string name, Stream content, CancellationToken token);
}
