using System;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Accounts.Auth;

/// <summary>Issues reset links and redeems each of them once.</summary>
public sealed class ResetTokens
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, ResetToken> _tokens = new();

    public string Issue(string user)
    {
        Sweep(user);
        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(24));
        _tokens[token] = new ResetToken(token, user, DateTime.UtcNow + Lifetime, false);
        return token;
    }

    /// <summary>The user that the link belongs to, or null if it is unknown, old or used.</summary>
    public string? Redeem(string token)
    {
        if (!_tokens.TryGetValue(token, out var found) || found.Used)
        {
            return null;
        }
        if (found.IsExpired)
        {
            _tokens.TryRemove(token, out _);
            return null;
        }
        return _tokens.TryUpdate(token, found with { Used = true }, found) ? found.User : null;
    }

    private void Sweep(string user)
    {
        foreach (var (key, token) in _tokens)
        {
            if (token.IsExpired || token.User == user)
            {
                _tokens.TryRemove(key, out _);
            }
        }
    }
}
