using System;
using System.IO;

namespace Feeds
{
    public interface IFeedLog
    {
        void Warn(string message);
    }

    /// <summary>Reads the lines of an exchange until its connection ends.</summary>
    public sealed class FeedReader
    {
        private readonly TextReader _lines;
        private readonly Action<Quote> _publish;
        private readonly IFeedLog _log;

        public FeedReader(TextReader lines, Action<Quote> publish, IFeedLog log)
        {
            _lines = lines;
            _publish = publish;
            _log = log;
        }

        public int Read { get; private set; }

        public int Skipped { get; private set; }

        public void Pump()
        {
            string line;
            while ((line = _lines.ReadLine()) != null)
            {
                Read++;
                if (line.Length == 0 || line[0] == '#')
                {
                    continue;
                }
                Quote quote;
                try
                {
                    quote = Quote.Parse(line);
                }
                catch (QuoteFormatException e)
                {
                    Skipped++;
                    _log.Warn($"skipped line {Read}: {e.Message}");
                    continue;
                }
                _publish(quote);
            }
        }
    }
}
