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

        public DigestJob(IUnreadCounts unread, IMailer mailer, DigestMail mail)
        {
            _unread = unread;
            _mailer = mailer;
            _mail = mail;
        }

        public int Run(IEnumerable<Member> members, DateTime nowUtc)
        {
            DateTime since = nowUtc - Quiet;
            int sent = 0;
            foreach (Member member in members.Where(m => m.LoginCount > 0 && m.LastSeenUtc < since))
            {
                int unread = _unread.For(member.Address);
                if (unread == 0)
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
