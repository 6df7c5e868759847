using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DotNats.JetStream.Advisories;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.SystemAccount;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>The consumers of one stream: who they are, and how they are made, changed and deleted.</summary>
// Owner: its LiveStream. Changes one at a time, under _changes; anyone looks up.
// Lifetime: from its stream's beginning to StopAsync; none is made after that.
// Invariant: whoever is in the table was started; who is taken out is being stopped.
[SuppressMessage("Reliability", "CA1001", Justification = "The semaphore has no wait handle, and who comes last may still wait for it.")]
internal sealed class StreamConsumers(ServerCore server, LiveStream stream)
{
    // nats-server tells neither path nor reason to who cannot see the disk.
    private static readonly ApiError StoreFailed = ApiErrors.ConsumerCreate.With(("{err}", "error creating store for consumer"));

    private readonly SemaphoreSlim _changes = new(1, 1);
    private readonly ConcurrentDictionary<string, LiveConsumer> _consumers = new(StringComparer.Ordinal);
    private Action<LiveConsumer>? _whenInactive;
    private int _count;
    private int _direct;
    private bool _isClosed;

    /// <summary>All there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Those that users made: streams that copy this one have some of their own, which are not shown.</summary>
    public int PublicCount => Count - Volatile.Read(ref _direct);

    /// <summary>All of them, the oldest first.</summary>
    public LiveConsumer[] All => [.. _consumers.Values.OrderBy(static consumer => consumer.Created.UnixNanoseconds).ThenBy(static consumer => consumer.Name, StringComparer.Ordinal)];

    /// <summary>Those that are listed, by name.</summary>
    public LiveConsumer[] Public => [.. _consumers.Values.Where(static consumer => !consumer.Config.Direct).OrderBy(static consumer => consumer.Name, StringComparer.Ordinal)];

    public LiveConsumer? Find(string name) => _consumers.GetValueOrDefault(name);

    public LiveConsumer? Find(ReadOnlySpan<char> name) => _consumers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out LiveConsumer? consumer) ? consumer : null;

    /// <summary>The error where consumers ask for more than their stream would allow after a change; null where none does.</summary>
    public ApiError? CheckUpdate(StreamConfig old, StreamConfig config) =>
        StreamUpdateRules.CheckConsumers(old, config, All.Select(static consumer =>
            (consumer.Name, consumer.Config.InactiveThresholdNanoseconds, consumer.Config.MaxAckPending)));

    /// <summary>Creates a consumer or changes one.</summary>
    /// <param name="config">As <see cref="ConsumerTarget.Apply"/> left it.</param>
    public async Task<ConsumerResult> CreateAsync(ConsumerConfig config, ConsumerConfigRequest request)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isClosed) return ApiErrors.StreamNotFound;
            ConsumerVerdict verdict = ConsumerCreateRules.Judge(config, request.Action, request.Pedantic, Describe(), FreshName());
            if (verdict.Config is not { } judged) return verdict.Error!;
            ConsumerResult result = verdict.Exists && Find(verdict.Name) is { } existing
                ? await UpdateAsync(existing, judged).ConfigureAwait(false)
                : await AddAsync(judged, verdict.Name).ConfigureAwait(false);
            // Compat: whoever makes or changes a consumer that is paused is told that it is.
            if (result.Snapshot is { IsPaused: true } snapshot)
                result.Consumer!.Advisories.Paused(isPaused: true, snapshot.Config.PauseUntil);
            return result;
        }
        catch (IOException exception)
        {
            ConsumerLog.StoreFailed(server.Logger, stream.Account.Name, stream.Name, config.Durable, exception.Message);
            return StoreFailed;
        }
        catch (Exception exception) when (exception is ConsumerGoneException or StreamGoneException)
        {
            return ApiErrors.StreamNotFound;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Lets a consumer deliver nothing before a time; one that has passed lets it go on.</summary>
    /// <returns>Null for success.</returns>
    public async Task<ApiError?> PauseAsync(string name, GoTime? until)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Find(name) is not { } consumer) return ApiErrors.ConsumerNotFound;
            await PutInForceAsync(consumer, ConsumerVersions.WithRequiredLevel(consumer.Config with { PauseUntil = until })).ConfigureAwait(false);
            return null;
        }
        catch (IOException exception)
        {
            return ApiErrors.ConsumerStoreFailed.With(("{err}", exception.Message));
        }
        catch (ConsumerGoneException)
        {
            return ApiErrors.ConsumerNotFound;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Deletes a consumer and what it kept; null for success.</summary>
    public async Task<ApiError?> DeleteAsync(string name)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Find(name) is not { } consumer) return ApiErrors.ConsumerNotFound;
            await DeleteAsync(consumer).ConfigureAwait(false);
            return null;
        }
        catch (IOException exception)
        {
            ConsumerLog.DeleteFailed(server.Logger, stream.Account.Name, stream.Name, name, exception.Message);
            return ApiErrors.StreamGeneral.With(("{err}", exception.Message));
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Brings back what was kept, before the stream takes messages.</summary>
    public async Task RecoverAsync(IReadOnlyList<StoredConsumer> stored)
    {
        if (stored.Count == 0) return;
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            ConsumerLog.Recovering(server.Logger, stored.Count, stream.Account.Name, stream.Name);
            foreach (StoredConsumer consumer in stored) await RecoverAsync(consumer).ConfigureAwait(false);
            // What one that is not here any more needs nobody knows.
            if (Count == stored.Count && (stream.Directory is null || Count == stream.Directory.ConsumerNames().Count)) stream.Runner.Post(new SweepCommand());
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Ends all of them, with their stream.</summary>
    public async Task StopAsync(ConsumerEnd end)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            _isClosed = true;
            LiveConsumer[] all = All;
            await Task.WhenAll(all.Select(consumer => consumer.StopAsync(end))).ConfigureAwait(false);
            if (end != ConsumerEnd.Deleted) return;
            foreach (LiveConsumer consumer in all)
            {
                Remove(consumer);
                stream.Owner.Service.Advisories.ConsumerDeleted(stream.Account, stream.Name, consumer.Name);
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    private async Task<ConsumerResult> AddAsync(ConsumerConfig config, string name)
    {
        var meta = new ConsumerMeta { Config = config, Name = name, Created = GoTime.From(server.Time.GetUtcNow()) };
        ConsumerDirectory? directory = config.Direct || config.MemoryStorage ? null : stream.Directory?.Consumer(name);
        directory?.WriteFirstMeta(ConsumerConfigJson.WriteMeta(meta with { Config = config with { Name = name } }));
        var consumer = new LiveConsumer(server, stream, meta, directory, WhenInactive);
        // Asked before it begins, it says where it began.
        Task<ConsumerSnapshot> beginning = consumer.DescribeAsync();
        try
        {
            await consumer.StartAsync().ConfigureAwait(false);
            stream.Owner.Service.Advisories.ConsumerCreated(stream.Account, stream.Name, name);
            return new ConsumerResult(consumer, await beginning.ConfigureAwait(false), null);
        }
        catch
        {
            Remove(consumer);
            await consumer.StopAsync(ConsumerEnd.Deleted).ConfigureAwait(false);
            directory?.Delete();
            throw;
        }
    }

    private static async Task<ConsumerResult> UpdateAsync(LiveConsumer consumer, ConsumerConfig config)
    {
        // Compat: a consumer through which a stream is copied begins again behind what was acknowledged.
        if (config.Sourcing || !config.Equals(consumer.Config)) await PutInForceAsync(consumer, config).ConfigureAwait(false);
        return new ConsumerResult(consumer, await consumer.DescribeAsync().ConfigureAwait(false), null);
    }

    private static Task PutInForceAsync(LiveConsumer consumer, ConsumerConfig config)
    {
        var meta = new ConsumerMeta { Config = config with { Name = consumer.Name }, Name = consumer.Name, Created = consumer.Created };
        consumer.Directory?.WriteMeta(ConsumerConfigJson.WriteMeta(meta));
        return consumer.UpdateAsync(config);
    }

    private async Task DeleteAsync(LiveConsumer consumer)
    {
        Remove(consumer);
        await consumer.StopAsync(ConsumerEnd.Deleted).ConfigureAwait(false);
        stream.Owner.Service.Advisories.ConsumerDeleted(stream.Account, stream.Name, consumer.Name);
        consumer.Directory?.Delete();
    }

    private async Task RecoverAsync(StoredConsumer stored)
    {
        ConsumerMeta meta = stored.Meta;
        try
        {
            if (ConsumerCreateRules.Restore(ref meta, Describe()) is { } error)
            {
                ConsumerLog.NotRecovered(server.Logger, stream.Account.Name, stream.Name, meta.Name, error.Description);
                return;
            }

            var consumer = new LiveConsumer(server, stream, meta, stored.Directory, WhenInactive, stored.State);
            await consumer.StartAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or StreamGoneException)
        {
            ConsumerLog.NotRecovered(server.Logger, stream.Account.Name, stream.Name, meta.Name, exception.Message);
        }
    }

    // One for all of them.
    private Action<LiveConsumer> WhenInactive => _whenInactive ??= OnInactive;

    // By the consumer, on any thread.
    private void OnInactive(LiveConsumer consumer) => _ = DeleteInactiveAsync(consumer);

    private async Task DeleteInactiveAsync(LiveConsumer consumer)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_isClosed && ReferenceEquals(Find(consumer.Name), consumer)) await DeleteAsync(consumer).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            ConsumerLog.DeleteFailed(server.Logger, stream.Account.Name, stream.Name, consumer.Name, exception.Message);
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>One was started.</summary>
    public void Add(LiveConsumer consumer)
    {
        _consumers[consumer.Name] = consumer;
        Interlocked.Increment(ref _count);
        if (consumer.Config.Direct) Interlocked.Increment(ref _direct);
    }

    private void Remove(LiveConsumer consumer)
    {
        if (!_consumers.TryRemove(new(consumer.Name, consumer))) return;
        if (consumer.Config.Direct) Interlocked.Decrement(ref _direct);
        Interlocked.Decrement(ref _count);
    }

    private string FreshName()
    {
        string name;
        do name = ServerHash.Of(stream.Owner.Service.Ids.Next());
        while (_consumers.ContainsKey(name));
        return name;
    }

    private ConsumerSurroundings Describe()
    {
        JetStreamLimitOptions limits = server.Options.JetStream.Limits;
        return new ConsumerSurroundings
        {
            Stream = stream.Config,
            Consumers = new ConsumerConfigs(_consumers),
            Limits = stream.Owner.Limits,
            ServerMaxAckPending = limits.MaxAckPending,
            ServerMaxRequestBatch = limits.MaxRequestBatch,
            ServerMaxConsumers = limits.DefaultMaxConsumers,
            HasInterest = subject => SystemServices.HasListeners(stream.Account, subject),
        };
    }
}

/// <summary>A consumer after a change and where it is then, or why there was none.</summary>
internal readonly record struct ConsumerResult(LiveConsumer? Consumer, ConsumerSnapshot? Snapshot, ApiError? Error)
{
    public static implicit operator ConsumerResult(ApiError error) => new(null, null, error);
}
