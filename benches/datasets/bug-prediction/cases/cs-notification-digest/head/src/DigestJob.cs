using System;
using System.Collections.Generic;
using System.Linq;

namespace Plaza.Digest
{
    public interface IUnreadCounts
    {
        int For(string address);
    }

    public interface IMailer
    {
        void Send(string address, string subject);
    }

    /// <summary>Writes once a day to those who missed something.</summary>
    public sealed class DigestJob
    {
        private static readonly TimeSpan Quiet = TimeSpan.FromHours(20);

        private readonly IUnreadCounts _unread;
        private readonly IMailer _mailer;
        private readonly DigestMail _mail;
        private readonly int _minimum;

        public DigestJob(IUnreadCounts unread, IMailer mailer, DigestMail mail, int minimum = 1)
        {
            _minimum = Math.Max(1, minimum);
            _unread = unread;
            _mailer = mailer;
            _mail = mail;
        }

        public int Run(IEnumerable<Member> members, DateTime nowUtc)
        {
            DateTime since = nowUtc - Quiet;
            int sent = 0;
            IEnumerable<Member> away = members
                .Where(m => m.InvitedUtc < since)
                .Where(m => m.LoginCount == 0 || m.LastSeenUtc < since)
                .OrderBy(m => m.InvitedUtc);
            foreach (Member member in away)
            {
                int unread = _unread.For(member.Address);
                if (unread < _minimum)
                {
                    continue;
                }
                _mailer.Send(member.Address, _mail.Subject(member, unread, nowUtc));
                sent++;
            }
            return sent;
        }
    }
}
