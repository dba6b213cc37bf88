using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace Tracing
{
    /// <summary>Spans as lines of tab separated values.</summary>
    public static class SpanWriter
    {
        public static async Task WriteAsync(Stream target, IReadOnlyList<Span> spans)
        {
            foreach (Span span in spans)
            {
                byte[] line = Encoding.UTF8.GetBytes(Line(span));
                await target.WriteAsync(line, 0, line.Length).ConfigureAwait(false);
            }
            await target.FlushAsync().ConfigureAwait(false);
        }

        private static string Line(Span span)
        {
            return $"{span.TraceId}\t{span.Name}\t{span.StartNanos}\t{span.EndNanos - span.StartNanos}\n";
        }
    }
}
