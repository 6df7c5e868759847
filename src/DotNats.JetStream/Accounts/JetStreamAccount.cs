using System.Collections.Concurrent;
using DotNats.JetStream.Api;
using DotNats.JetStream.Service;
using DotNats.JetStream.Snapshots;
using DotNats.JetStream.Streams;
using DotNats.Server.Accounts;

namespace DotNats.JetStream.Accounts;

/// <summary>The streams of one account, what they may use and what they use.</summary>
// Owner: JetStreamService. Streams are added, changed and deleted one at a time, under Changes; anyone looks up.
// Lifetime: from being enabled to being disabled, or the end of the server; the streams' files stay.
internal sealed class JetStreamAccount : IDisposable
{
    private readonly ConcurrentDictionary<string, LiveStream> _streams = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, InertStream> _inert = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _claimed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, StorageUsage> _usage = new(StringComparer.Ordinal);
    private readonly AccountConfigurations _configurations;
    private volatile AccountLimits _limits;
    private volatile bool _areStreamsOpen;

    public JetStreamAccount(JetStreamService service, Account account, AccountLimits limits)
    {
        (Service, Account, _limits) = (service, account, limits);
        _configurations = new AccountConfigurations(_streams, _inert);
    }

    public JetStreamService Service { get; }

    public Account Account { get; }

    public string Name => Account.Name;

    /// <summary>Limits in force; replaced by reloads and claims.</summary>
    public AccountLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    /// <summary>The streams that were kept are opened, and the account is in use: a stream that is not there is none.</summary>
    public bool AreStreamsOpen
    {
        get => _areStreamsOpen;
        set => _areStreamsOpen = value;
    }

    public ApiStatistics Statistics { get; } = new();

    /// <summary>Its restores that are under way.</summary>
    public RestorePlaces Restores { get; } = new(RestorePlaces.MostOfAccount);

    /// <summary>Held while streams are created, changed or deleted.</summary>
    public SemaphoreSlim Changes { get; } = new(1, 1);

    /// <summary>Those that run, in no order.</summary>
    public ICollection<LiveStream> Streams => _streams.Values;

    /// <summary>Those that are kept as they are, because they need a newer server.</summary>
    public ICollection<InertStream> Inert => _inert.Values;

    public IEnumerable<KeyValuePair<string, StorageUsage>> Usage => _usage;

    public LiveStream? Find(string stream) => _streams.GetValueOrDefault(stream);

    public InertStream? FindInert(string stream) => _inert.GetValueOrDefault(stream);

    /// <summary>What the streams of a tier use.</summary>
    public StorageUsage UsageOf(string tier) => _usage.GetOrAdd(tier, static _ => new StorageUsage());

    public void Add(LiveStream stream) => _streams[stream.Name] = stream;

    public void Add(InertStream stream) => _inert[stream.Name] = stream;

    public void Remove(string stream)
    {
        _streams.TryRemove(stream, out _);
        _inert.TryRemove(stream, out _);
    }

    /// <summary>Keeps a name for a stream that is being put together; false where it is kept already.</summary>
    public bool TryClaim(string stream) => _claimed.TryAdd(stream, true);

    /// <summary>There will be no such stream, or there is.</summary>
    public void Unclaim(string stream) => _claimed.TryRemove(stream, out _);

    /// <summary>What the account's streams are judged by.</summary>
    public StreamSurroundings Describe(NatsServerOptions options) => new()
    {
        Streams = _configurations,
        Limits = Limits,
        Server = Service.Resources.Describe(),
        MaxDuplicateWindowNanoseconds = options.JetStream.Limits.DuplicateWindow.Ticks * TimeSpan.NanosecondsPerTick,
    };

    /// <summary>The tier that a stream of so many replicas counts to; <paramref name="other"/> where there is none for it.</summary>
    public string TierOf(long replicas, string other = AccountLimits.Flat) => Limits.TrySelect(replicas, out _, out string tier) ? tier : other;

    public void Dispose() => Changes.Dispose();
}
