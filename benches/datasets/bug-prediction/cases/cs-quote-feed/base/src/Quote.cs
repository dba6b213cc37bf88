using System;
using System.Globalization;

namespace Feeds
{
    public sealed class QuoteFormatException : Exception
    {
        public QuoteFormatException(string message) : base(message)
        {
        }
    }

    public struct Quote
    {
        public string Symbol;
        public decimal Price;
        public long Volume;

        /// <summary>A line such as <c>ALDR;12.40;1500</c>.</summary>
        public static Quote Parse(string line)
        {
            string[] fields = line.Split(';');
            if (fields.Length != 3)
            {
                throw new QuoteFormatException($"{fields.Length} fields in: {line}");
            }
            return new Quote
            {
                Symbol = fields[0].Trim(),
                Price = decimal.Parse(fields[1], NumberStyles.Number, CultureInfo.InvariantCulture),
                Volume = long.Parse(fields[2], NumberStyles.Integer, CultureInfo.InvariantCulture),
            };
        }
    }
}
