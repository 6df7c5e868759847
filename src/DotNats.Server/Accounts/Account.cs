using DotNats.Security;
using DotNats.Server.Routing;
using DotNats.Server.Tracing;

namespace DotNats.Server.Accounts;

/// <summary>One tenant: its own space of subjects, and what it shares with others.</summary>
// Owner: AccountRegistry; the counters are each written by who is named there. Sharing and limits are snapshots, replaced whole by one update
// at a time: start, reload, or claims. Lifetime: the server's, or until a reload removes it.
internal sealed class Account
{
    private readonly ServerCore _server;
    private readonly ServiceImportTable _serviceImports;
    private AccountSharing _sharing = AccountSharing.None;
    private ServiceExport[] _builtInExports = [];
    private ServiceResponses? _responses;
    private AwaitedReplies? _awaitedReplies;
    private int _connections;
    private volatile SubjectMappings? _mappings;
    private volatile ClaimedAccount? _claims;
    private volatile AccountTracing? _tracing;

    public Account(ServerCore server, string name)
    {
        _server = server;
        Name = name;
        _serviceImports = new ServiceImportTable(this);
    }

    public string Name { get; }

    /// <summary>Public account nkey, where configured.</summary>
    public string? NKey { get; set; }

    /// <summary>What its JWT says; null for accounts without one. A snapshot, replaced whole by <see cref="OperatorAccounts"/>.</summary>
    public ClaimedAccount? Claims
    {
        get => _claims;
        set => _claims = value;
    }

    /// <summary>What monitoring calls it: the name in its JWT, else its own.</summary>
    public string NameTag => Claims is { Claims.Name: { Length: > 0 } name } ? name : Name;

    /// <summary>Set while something in its claims will run out; for <see cref="OperatorAccounts"/> alone.</summary>
    public ClaimsClock? Clock { get; set; }

    /// <summary>False while something it imports cannot be had.</summary>
    public bool IsComplete => Sharing.IsComplete;

    /// <summary>It hears of the server itself.</summary>
    public bool IsSystem => ReferenceEquals(_server.Accounts.System, this);

    public SubscriptionTable Subscriptions { get; } = new();

    /// <summary>Where published subjects go instead; a snapshot, replaced whole by a reload or by claims; null for none.</summary>
    public SubjectMappings? Mappings
    {
        get => _mappings;
        set => _mappings = value;
    }

    public AccountLimitOptions Limits { get; set; } = new();

    /// <summary>Where messages go to that applications trace; a snapshot, replaced whole by a reload or by claims; null for nowhere.</summary>
    public AccountTracing? Tracing
    {
        get => _tracing;
        set => _tracing = value;
    }

    /// <summary>What it offers and takes at this moment.</summary>
    public AccountSharing Sharing => Volatile.Read(ref _sharing);

    /// <summary>The service imports in force, the server's own included.</summary>
    public IReadOnlyList<ServiceImport> ServiceImports => _serviceImports.All;

    /// <summary>Services the server itself offers here.</summary>
    public IReadOnlyList<ServiceExport> BuiltInExports => Volatile.Read(ref _builtInExports);

    /// <summary>Responses it owes to other accounts; from the first call on, its table has a subscription for them.</summary>
    public ServiceResponses Responses => Volatile.Read(ref _responses) ?? MakeResponses();

    /// <summary>The same, null while there never was one.</summary>
    public ServiceResponses? ResponsesIfAny => Volatile.Read(ref _responses);

    /// <summary>Responses it waits for from other accounts.</summary>
    public AwaitedReplies AwaitedReplies => Volatile.Read(ref _awaitedReplies) ?? MakeAwaitedReplies();

    /// <summary>Traffic of connections that are gone; live ones keep their own counters (no shared counter on the message path).</summary>
    public TrafficCounters ClosedTraffic { get; } = new();

    /// <summary>Messages its stream imports brought here, and messages that others' brought to them from here.</summary>
    // Compat: a message counts as sent by the account it was published in, though a client of another one gets it.
    public TrafficCounters SharedTraffic { get; } = new();

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections ever bound to it.</summary>
    public long TotalConnections => Volatile.Read(ref _totalConnections);

    private long _totalConnections;

    /// <summary>Connections closed because they could not keep up.</summary>
    public long SlowConsumers => Volatile.Read(ref _slowConsumers);

    private long _slowConsumers;

    public void CountSlowConsumer() => Interlocked.Increment(ref _slowConsumers);

    /// <summary>Counts a connection in; false where the account has as many as it may.</summary>
    public bool TryAttach()
    {
        int most = Limits.MaxConnections;
        int now = Interlocked.Increment(ref _connections);
        if (most >= 0 && now > most)
        {
            Interlocked.Decrement(ref _connections);
            return false;
        }

        Interlocked.Increment(ref _totalConnections);
        return true;
    }

    /// <summary>Where a message published in this account, or brought into it by a service import, goes by its mappings; false where it stays.</summary>
    /// <param name="mapped">In the context's scratch, until the caller releases it; empty where the message is lost.</param>
    public bool TryMap(DeliveryContext context, ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> mapped)
    {
        if (_mappings is { } mappings) return context.MadeSubjects.TryMap(context, mappings, subject, out mapped);
        mapped = default;
        return false;
    }

    public void Detach() => Interlocked.Decrement(ref _connections);

    /// <summary>A subscription begins: in the table, and wherever messages are imported from. Who calls holds no lock.</summary>
    public void AddInterest(Subscription subscription)
    {
        Subscriptions.Add(subscription);
        if (Sharing.StreamImports.Length > 0) ShadowSet.Update(this, subscription);
    }

    /// <summary>A subscription ends, and with it the way back of responses that only it would have got. Who calls holds no lock.</summary>
    public void RemoveInterest(Subscription subscription)
    {
        Subscriptions.Remove(subscription);
        ShadowSet.End(subscription);
        Volatile.Read(ref _awaitedReplies)?.OnInterestLost(subscription.Subject);
    }

    /// <summary>What a subscription may have has changed: matches from before are forgotten. Who calls holds no lock.</summary>
    public void ReviewInterest(Subscription subscription)
    {
        Subscriptions.Review(subscription);
        ShadowSet.Review(subscription);
    }

    /// <summary>Puts a snapshot in force: subscriptions get the shadows they need now, service imports are replaced in place, nobody is disconnected.</summary>
    public void Apply(AccountSharing sharing)
    {
        StreamImport[] before = Sharing.StreamImports;
        Volatile.Write(ref _sharing, sharing);
        _serviceImports.Apply(sharing.ServiceImports);
        if (ReferenceEquals(before, sharing.StreamImports)) return;
        // Those that come meanwhile see the new snapshot by themselves.
        foreach (Subscription subscription in Subscriptions.Snapshot())
        {
            if (subscription.Subscriber is not (ShadowDelivery or ServiceImportSlot or ServiceResponses)) ShadowSet.Update(this, subscription);
        }
    }

    /// <summary>Imports a service of the server's own, whatever the account's configuration says; a service it imports under that subject goes before.</summary>
    /// <param name="subject">Subject in the exporting account.</param>
    /// <param name="to">Subject in this one.</param>
    public void ImportService(Account exporter, string subject, string to, bool share = false, bool isListed = true) =>
        _serviceImports.AddBuiltIn([new ServiceImport(exporter.Name, exporter, export: null, to, subject, transform: null) { Share = share, IsListed = isListed }]);

    /// <summary>Imports services of the server's own, as <see cref="ImportService"/> does, several at once.</summary>
    public void ImportServices(ReadOnlySpan<ServiceImport> imports) => _serviceImports.AddBuiltIn(imports);

    /// <summary>Offers services of the server's own beside those that are configured.</summary>
    public void ExportServices(ServiceExport[] exports) => Volatile.Write(ref _builtInExports, exports);

    /// <summary>The account is no more: what it had in others' tables goes.</summary>
    public void Retire()
    {
        Apply(AccountSharing.None);
        _serviceImports.Clear();
    }

    /// <summary>What services are told where the server itself asks for this account, as JSON.</summary>
    /// <param name="service">The account in between whose service was asked; null where there is none.</param>
    public byte[] DescribeServer(string? service) => RequestorInfo.OfServer(_server, Name, service);

    public override string ToString() => Name;

    private ServiceResponses MakeResponses()
    {
        var made = new ServiceResponses(_server, this);
        // In the table before anybody can be given a subject of it.
        Subscriptions.Add(made.Subscription);
        if (Interlocked.CompareExchange(ref _responses, made, null) is not { } other) return made;
        Subscriptions.Remove(made.Subscription);
        return other;
    }

    private AwaitedReplies MakeAwaitedReplies()
    {
        var made = new AwaitedReplies(_server, this);
        return Interlocked.CompareExchange(ref _awaitedReplies, made, null) ?? made;
    }
}

/// <summary>Messages and bytes in both directions.</summary>
internal sealed class TrafficCounters
{
    private long _inMessages;
    private long _inBytes;
    private long _outMessages;
    private long _outBytes;

    public long InMessages => Volatile.Read(ref _inMessages);

    public long InBytes => Volatile.Read(ref _inBytes);

    public long OutMessages => Volatile.Read(ref _outMessages);

    public long OutBytes => Volatile.Read(ref _outBytes);

    public void Add(long inMessages, long inBytes, long outMessages, long outBytes)
    {
        Interlocked.Add(ref _inMessages, inMessages);
        Interlocked.Add(ref _inBytes, inBytes);
        Interlocked.Add(ref _outMessages, outMessages);
        Interlocked.Add(ref _outBytes, outBytes);
    }
}
