using System;

namespace Plaza.Digest
{
    public sealed class DigestMail
    {
        private readonly string _workspace;

        public DigestMail(string workspace)
        {
            _workspace = workspace;
        }

        public string Subject(Member member, int unread, DateTime nowUtc)
        {
            int days = (nowUtc - member.LastSeenUtc.Value).Days;
            return days > 1
                ? $"{unread} new messages in {_workspace} in {days} days"
                : $"{unread} new messages in {_workspace}";
        }
    }
}
