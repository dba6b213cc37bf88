using System.Collections.Generic;
using System.Linq;

namespace Zeitung.Subscriptions;

/// <summary>Who gets the paper tomorrow morning.</summary>
public static class DeliveryList
{
    public static IEnumerable<string> Readers(IEnumerable<Subscription> subscriptions)
    {
        return subscriptions
            .Where(s => s.State is SubscriptionState.Trial or SubscriptionState.Active)
            .Select(s => s.Reader);
    }

    /// <summary>Subscriptions whose pause ends today; the night job makes them active again.</summary>
    public static IEnumerable<int> ToResume(IEnumerable<Subscription> subscriptions, ISet<int> endingToday)
    {
        return subscriptions
            .Where(s => s.State == SubscriptionState.Paused && endingToday.Contains(s.Id))
            .Select(s => s.Id);
    }
}
