using System.Text;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>Where a push consumer sends its messages, and whether somebody listens there.</summary>
// Owner: the consumer's runner; changes of interest only wake it.
internal sealed class PushTarget : IInterestWatcher
{
    // Former groups count too; not all that ever were.
    private const int MostGroups = 8;

    private readonly Account _account;
    private readonly Action _wake;
    private readonly string _text;
    private byte[]?[] _groups;
    private ChangeMark _interest = new(isSet: true);

    public PushTarget(Account account, ConsumerConfig config, Action wake)
    {
        _account = account;
        _wake = wake;
        _text = config.DeliverSubject;
        Subject = Encoding.UTF8.GetBytes(config.DeliverSubject);
        _groups = [BytesOf(config.DeliverGroup)];
    }

    public byte[] Subject { get; }

    /// <summary>Somebody listens, as far as is known.</summary>
    public bool IsActive { get; private set; }

    public void Start() => _account.Subscriptions.Watch(_text, this);

    public void Stop() => _account.Subscriptions.Unwatch(_text, this);

    /// <summary>Looks whether somebody listens; true where that has changed.</summary>
    public bool Refresh()
    {
        if (!_interest.TryTake()) return false;
        bool before = IsActive;
        IsActive = HasListener();
        return IsActive != before;
    }

    /// <summary>Listeners of one more group count; of none where it is empty.</summary>
    public void Admit(string group)
    {
        byte[]? added = BytesOf(group);
        _groups = [.. _groups.Where(known => !known.AsSpan().SequenceEqual(added)).TakeLast(MostGroups - 1), added];
        _interest.Set();
    }

    /// <summary>A message found nobody.</summary>
    public void OnNotDelivered() => _interest.Set();

    void IInterestWatcher.OnInterestChanged()
    {
        _interest.Set();
        _wake();
    }

    // Compat: a wildcard that matches does not count, nor does a listener outside the group where there is one.
    private bool HasListener()
    {
        MatchResult match = _account.Subscriptions.Match(Subject);
        return Array.Exists(_groups, group => group is null
            ? Array.Exists(match.Plain, listener => listener.Subject.AsSpan().SequenceEqual(Subject))
            : Array.Exists(match.QueueGroups, members => members[0].Queue.AsSpan().SequenceEqual(group) && Array.Exists(members, member => member.Subject.AsSpan().SequenceEqual(Subject))));
    }

    private static byte[]? BytesOf(string group) => group.Length > 0 ? Encoding.UTF8.GetBytes(group) : null;
}
