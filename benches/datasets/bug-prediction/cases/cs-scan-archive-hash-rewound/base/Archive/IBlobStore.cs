using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Kanzlei.Archive;

public interface IBlobStore
{
    Task<bool> ExistsAsync(string name, CancellationToken token);

    /// <summary>Stores the whole content, from its beginning where the stream can seek.</summary>
    Task PutAsync(string name, Stream content, CancellationToken token);
}
