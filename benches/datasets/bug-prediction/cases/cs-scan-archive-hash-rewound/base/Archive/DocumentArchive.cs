using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Kanzlei.Archive;

/// <summary>Files the scans of a mandate; the caller deletes the scan afterwards.</summary>
public sealed class DocumentArchive
{
    private readonly IBlobStore store;

    public DocumentArchive(IBlobStore store) => this.store = store;

    /// <summary>Stores the scan and returns the name under which it is found again.</summary>
    public async Task<string> FileAsync(Stream scan, string extension, CancellationToken token)
    {
        var name = Guid.NewGuid().ToString("N") + extension;
        using var copy = new MemoryStream();
        await scan.CopyToAsync(copy, token);
        copy.Position = 0;
        await store.PutAsync(name, copy, token);
        return name;
    }
}
