using System;

namespace Plaza.Digest
{
    /// <summary>Somebody who belongs to a workspace.</summary>
    public sealed class Member
    {
        public Member(string address, DateTime invitedUtc, DateTime? lastSeenUtc, int loginCount)
        {
            Address = address;
            InvitedUtc = invitedUtc;
            LastSeenUtc = lastSeenUtc;
            LoginCount = loginCount;
        }

        public string Address { get; }

        public DateTime InvitedUtc { get; }

        public DateTime? LastSeenUtc { get; }

        public int LoginCount { get; }
    }
}
