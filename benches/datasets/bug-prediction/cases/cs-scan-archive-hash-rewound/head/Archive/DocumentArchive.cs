using System;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;

namespace Kanzlei.Archive;

/// <summary>Files the scans of a mandate; the caller deletes the scan afterwards.</summary>
public sealed class DocumentArchive
{
    private readonly IBlobStore store;

    public DocumentArchive(IBlobStore store) => this.store = store;

    /// <summary>
    /// Stores the scan and returns the name under which it is found again: the hash of its
    /// content, so that a document scanned twice is kept once.
    /// </summary>
    public async Task<string> FileAsync(Stream scan, string extension, CancellationToken token)
    {
        using var copy = new MemoryStream();
        await scan.CopyToAsync(copy, token);
        copy.Position = 0;
        using var sha = SHA256.Create();
        var hash = await sha.ComputeHashAsync(copy, token);
        var name = Convert.ToHexString(hash).ToLowerInvariant() + extension.ToLowerInvariant();
        if (await store.ExistsAsync(name, token))
        {
            return name;
        }
        await store.PutAsync(name, copy, token);
        return name;
    }
}
