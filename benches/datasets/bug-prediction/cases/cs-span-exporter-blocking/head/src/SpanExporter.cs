using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Tracing
{
    public sealed class SpanExporter
    {
        private readonly Func<Task<Stream>> _connect;
        private readonly int _batchSize;

        public SpanExporter(Func<Task<Stream>> connect, int batchSize = 512)
        {
            if (batchSize < 1)
            {
                throw new ArgumentOutOfRangeException(nameof(batchSize));
            }
            _connect = connect;
            _batchSize = batchSize;
        }

        public long Exported { get; private set; }

        /// <summary>Sends spans in batches, each on a connection of its own.</summary>
        public async Task ExportAsync(IReadOnlyList<Span> spans)
        {
            for (int start = 0; start < spans.Count; start += _batchSize)
            {
                List<Span> batch = spans.Skip(start).Take(_batchSize).ToList();
                await SendAsync(await _connect().ConfigureAwait(false), batch).ConfigureAwait(false);
                Exported += batch.Count;
            }
        }

        private static Task SendAsync(Stream connection, IReadOnlyList<Span> batch)
        {
            using (connection)
            {
                return SpanWriter.WriteAsync(connection, batch);
            }
        }
    }
}
