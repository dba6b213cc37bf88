using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace Tracing
{
    /// <summary>Spans as lines of tab separated values.</summary>
    public static class SpanWriter
    {
        public static Task WriteAsync(Stream target, IReadOnlyList<Span> spans)
        {
            // The pipe of the local agent knows no overlapped writes.
            foreach (Span span in spans)
            {
                byte[] line = Encoding.UTF8.GetBytes(Line(span));
                target.Write(line, 0, line.Length);
            }
            target.Flush();
            return Task.CompletedTask;
        }

        private static string Line(Span span)
        {
            return $"{span.TraceId}\t{span.Name}\t{span.StartNanos}\t{span.EndNanos - span.StartNanos}\n";
        }
    }
}
