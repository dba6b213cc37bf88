using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;

namespace Tracing
{
    public sealed class SpanExporter
    {
        private readonly Func<Task<Stream>> _connect;

        public SpanExporter(Func<Task<Stream>> connect)
        {
            _connect = connect;
        }

        public long Exported { get; private set; }

        /// <summary>Sends a batch on a connection of its own.</summary>
        public async Task ExportAsync(IReadOnlyList<Span> spans)
        {
            using (Stream stream = await _connect().ConfigureAwait(false))
            {
                await SpanWriter.WriteAsync(stream, spans).ConfigureAwait(false);
            }
            Exported += spans.Count;
        }
    }
}
