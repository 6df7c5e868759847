using DotNats.Primitives;

namespace DotNats.Server.Accounts;

/// <summary>Responses an account waits for from other accounts, found by the subject it wants them under when nobody listens there any more.</summary>
// Owner: the account; any thread. Lifetime: the account's. Invariant: holds what ServiceResponse says.
internal sealed class AwaitedReplies(ServerCore server, Account account)
{
    // Up to so many are looked through on the thread of who unsubscribes; more wait for a sweep, of which one is made for all who came meanwhile.
    private const int FewEnough = 64;

    private readonly KeyedTable<ServiceResponse> _byReply = new();
    private readonly int _seed = Random.Shared.Next();
    private SweepTimer? _sweep;

    public int Count => _byReply.Count;

    public int Add(ServiceResponse response) => _byReply.Add(Hash(response.Reply), response);

    public void Remove(ServiceResponse response) => _byReply.Remove(response.Handle, response);

    /// <summary>A subscription has ended: forgets responses nobody would get. Who calls holds no lock.</summary>
    public void OnInterestLost(ReadOnlySpan<byte> filter)
    {
        if (_byReply.Count == 0) return;
        bool isLiteral = Subjects.IsLiteral(filter);
        if (!isLiteral && _byReply.Count > FewEnough)
        {
            (_sweep ?? MakeSweep()).Request();
            return;
        }

        var found = new Lost(filter);
        if (isLiteral) _byReply.ForEach(Hash(filter), ref found);
        else _byReply.ForEach(ref found);
        Drop(found.Found);
    }

    private void Sweep()
    {
        var found = new Lost(">"u8);
        _byReply.ForEach(ref found);
        Drop(found.Found);
    }

    private void Drop(List<(ServiceResponses Responses, ulong Ticket, byte[] Reply)>? found)
    {
        if (found is null) return;
        foreach ((ServiceResponses responses, ulong ticket, byte[] reply) in found)
        {
            if (!account.Subscriptions.HasInterest(reply)) responses.Drop(ticket, ResponseEnd.InterestLost);
        }
    }

    private SweepTimer MakeSweep()
    {
        var made = new SweepTimer(server, this);
        return Interlocked.CompareExchange(ref _sweep, made, null) ?? made;
    }

    private ulong Hash(ReadOnlySpan<byte> reply)
    {
        // Seeded by the process and by us: nobody can choose replies that collide.
        var hash = default(HashCode);
        hash.Add(_seed);
        hash.AddBytes(reply);
        return (uint)hash.ToHashCode();
    }

    /// <summary>Notes what a filter matches; a response is not read once the table is let go, as it may be used anew.</summary>
    private ref struct Lost(ReadOnlySpan<byte> filter) : IEntrySink<ServiceResponse>
    {
        private readonly ReadOnlySpan<byte> _filter = filter;

        public List<(ServiceResponses Responses, ulong Ticket, byte[] Reply)>? Found;

        public void OnEntry(ServiceResponse value)
        {
            if (Subjects.Matches(value.Reply, _filter)) (Found ??= []).Add((value.Responses, value.Ticket, value.Reply.ToArray()));
        }
    }

    private sealed class SweepTimer(ServerCore server, AwaitedReplies replies) : WheelTimer
    {
        private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

        private int _requested;

        public void Request()
        {
            if (Interlocked.Exchange(ref _requested, 1) == 0) server.Timers.Schedule(this, Delay);
        }

        protected override void OnExpired() => ThreadPool.UnsafeQueueUserWorkItem(
            static timer =>
            {
                Volatile.Write(ref timer._requested, 0);
                timer.Sweep();
            },
            this,
            preferLocal: false);

        private void Sweep() => replies.Sweep();
    }
}
