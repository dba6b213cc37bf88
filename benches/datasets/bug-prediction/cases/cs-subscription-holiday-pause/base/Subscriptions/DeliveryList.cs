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
}
