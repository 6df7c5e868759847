using System.Text;
using DotNats.Primitives;

namespace DotNats.Server.Monitoring;

/// <summary>Gathers one page of subscriptions out of many: only those that will be shown are turned into text.</summary>
// Owner: one request. Invariant: Items.Count <= limit, and only what Wants said yes to.
internal sealed class SubscriptionPage(string testSubject, int offset, int limit)
{
    private readonly byte[] _test = Encoding.UTF8.GetBytes(testSubject);
    private readonly List<SubscriptionDetail> _items = [];

    /// <summary>Subscriptions that pass the filter, shown or not.</summary>
    public int Total { get; private set; }

    public IReadOnlyList<SubscriptionDetail> Items => _items;

    /// <summary>Counts a subscription; true when the caller should <see cref="Add"/> it.</summary>
    public bool Wants(ReadOnlySpan<byte> subject)
    {
        if (_test.Length > 0 && !Subjects.Matches(_test, subject)) return false;
        int index = Total++;
        return index >= offset && index - offset < limit;
    }

    public void Add(SubscriptionDetail subscription) => _items.Add(subscription);
}
