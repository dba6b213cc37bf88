namespace Tracing
{
    public sealed class Span
    {
        public string TraceId { get; set; }

        public string Name { get; set; }

        public long StartNanos { get; set; }

        public long EndNanos { get; set; }
    }
}
