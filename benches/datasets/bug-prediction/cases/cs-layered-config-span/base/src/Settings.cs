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
    }
}
