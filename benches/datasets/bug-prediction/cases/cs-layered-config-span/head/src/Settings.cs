using System.Collections.Generic;
using System.Globalization;

namespace Rates.Configuration
{
    /// <summary>Settings of several layers; a later layer wins.</summary>
    public sealed class Settings
    {
        private readonly Dictionary<string, string> _values = new Dictionary<string, string>();

        public Settings Add(IEnumerable<KeyValuePair<string, string>> layer)
        {
            foreach (KeyValuePair<string, string> pair in layer)
            {
                _values[pair.Key.ToLowerInvariant()] = pair.Value;
            }
            return this;
        }

        public string Text(string name, string fallback)
        {
            return _values.TryGetValue(name, out string value) ? value : fallback;
        }

        public int Number(string name, int fallback)
        {
            string text = Text(name, null);
            return text == null ? fallback : int.Parse(text, CultureInfo.InvariantCulture);
        }

        /// <summary>A time such as <c>250ms</c>, <c>90s</c> or <c>5m</c>, in milliseconds; a bare number is seconds.</summary>
        public int Duration(string name, int fallback)
        {
            string text = Text(name, null);
            if (text == null)
            {
                return fallback;
            }
            text = text.Trim();
            if (text.EndsWith("ms"))
            {
                return Whole(text, 2);
            }
            if (text.EndsWith("s"))
            {
                return Whole(text, 1) * 1000;
            }
            if (text.EndsWith("m"))
            {
                return Whole(text, 1) * 60000;
            }
            return Whole(text, 0) * 1000;
        }

        private static int Whole(string text, int suffix)
        {
            return int.Parse(text.Substring(0, text.Length - suffix), CultureInfo.InvariantCulture);
        }
    }
}
