using System;
using System.Net.Sockets;
using System.IO;
using System.Threading;

namespace Feeds
{
    public sealed class FeedService
    {
        private readonly IFeedLog _log;
        private readonly Action<Quote> _publish;

        public FeedService(IFeedLog log, Action<Quote> publish)
        {
            _log = log;
            _publish = publish;
        }

        /// <summary>One thread for each exchange; it ends with the connection.</summary>
        public Thread Start(string host, int port)
        {
            var thread = new Thread(() =>
            {
                using (var client = new TcpClient(host, port))
                using (var reader = new StreamReader(client.GetStream()))
                {
                    new FeedReader(reader, _publish, _log).Pump();
                }
                _log.Warn($"{host} closed the feed");
            });
            thread.Start();
            return thread;
        }
    }
}
