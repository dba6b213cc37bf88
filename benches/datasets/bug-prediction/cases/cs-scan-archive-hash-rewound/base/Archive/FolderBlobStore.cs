using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Kanzlei.Archive;

/// <summary>Keeps blobs as files of a folder on the archive server.</summary>
public sealed class FolderBlobStore : IBlobStore
{
    private readonly string root;

    public FolderBlobStore(string root) => this.root = root;

    public Task<bool> ExistsAsync(string name, CancellationToken token)
    {
        return Task.FromResult(File.Exists(Path.Combine(root, name)));
    }

    public async Task PutAsync(string name, Stream content, CancellationToken token)
    {
        if (content.CanSeek)
        {
            content.Seek(0, SeekOrigin.Begin);
        }
        var part = Path.Combine(root, Path.GetRandomFileName() + ".part");
        await using (var file = File.Create(part))
        {
            await content.CopyToAsync(file, token);
        }
        File.Move(part, Path.Combine(root, name), overwrite: true);
    }
}
