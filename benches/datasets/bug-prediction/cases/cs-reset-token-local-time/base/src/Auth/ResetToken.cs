using System;

namespace Accounts.Auth;

/// <summary>A link for a forgotten password. Times are UTC.</summary>
public sealed record ResetToken(string Token, string User, DateTime ExpiresAt, bool Used);
