using DotNats.JetStream.Accounts;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Recovery;
using DotNats.JetStream.Service;
using DotNats.JetStream.Snapshots;
using DotNats.Protocol.Text;
using DotNats.Server;
using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Streams;

/// <summary>Creates, changes and deletes streams of an account, one at a time.</summary>
internal sealed class StreamChanges(ServerCore server, JetStreamService service)
{
    // nats-server tells neither path nor reason to who cannot see the disk.
    private static readonly ApiError StoreFailed = ApiErrors.StreamStoreFailed.With(("{err}", "error creating store for stream"));

    /// <summary>Creates a stream, or finds one that is configured alike.</summary>
    /// <param name="name">The stream that the request's subject names.</param>
    public async Task<ChangeResult> CreateAsync(JetStreamAccount account, string name, StreamConfigRequest request)
    {
        await account.Changes.WaitAsync().ConfigureAwait(false);
        try
        {
            return IsInUse(account) ? Create(account, name, request) : ApiErrors.NotEnabledForAccount;
        }
        finally
        {
            account.Changes.Release();
        }
    }

    /// <summary>Changes a stream.</summary>
    /// <param name="name">The stream that the request's subject names.</param>
    public async Task<ChangeResult> UpdateAsync(JetStreamAccount account, string name, StreamConfigRequest request)
    {
        await account.Changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (account.FindInert(name) is { } inert) return ApiErrors.StreamOfflineReason.With(("{err}", inert.Reason));
            ConfigVerdict verdict = StreamUpdateRules.Judge(request, name, account.Describe(server.Options));
            if (verdict.Config is not { } config) return verdict.Error!;
            if (account.Find(name) is not { } stream) return ApiErrors.StreamNotFound;
            return stream.Consumers.CheckUpdate(stream.Config, config) is { } error ? error : await ApplyAsync(account, stream, config).ConfigureAwait(false);
        }
        catch (StreamGoneException)
        {
            return ApiErrors.StreamNotFound;
        }
        finally
        {
            account.Changes.Release();
        }
    }

    /// <summary>Deletes a stream and what it kept; null for success.</summary>
    public async Task<ApiError?> DeleteAsync(JetStreamAccount account, string name)
    {
        await account.Changes.WaitAsync().ConfigureAwait(false);
        try
        {
            LiveStream? stream = account.Find(name);
            InertStream? inert = account.FindInert(name);
            if (stream is null && inert is null) return ApiErrors.StreamNotFound;
            account.Remove(name);
            if (stream is not null) await stream.StopAsync(ConsumerEnd.Deleted).ConfigureAwait(false);
            stream?.Delete();
            inert?.Directory.Delete();
            service.Advisories.StreamDeleted(account.Account, name);
            return null;
        }
        catch (IOException exception)
        {
            StreamLog.DeleteFailed(server.Logger, account.Name, name, exception.Message);
            return ApiErrors.StreamDelete.With(("{err}", exception.Message));
        }
        finally
        {
            account.Changes.Release();
        }
    }

    /// <summary>Makes a stream of what was read from an archive.</summary>
    public async Task<ChangeResult> AdoptAsync(JetStreamAccount account, RestoredStream restored)
    {
        await account.Changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!IsInUse(account)) return ApiErrors.NotEnabledForAccount;
            if (RestoreRules.CheckPlace(restored.Config, account.Describe(server.Options)) is { } error)
                return restored.ErrorPrefix.Length == 0 ? error : ApiErrors.StreamRestore.With(("{err}", $"{restored.ErrorPrefix}{error}"));
            StreamHome home = restored.Adopt(service.Stores, out StreamLogListener listener);
            var stream = new LiveStream(server, account, restored.Config, account.TierOf(restored.Config.Replicas), restored.Created, home, listener);
            account.Add(stream);
            restored.Room.Dispose();
            await StartAsync(account, stream, restored.Consumers).ConfigureAwait(false);
            service.Advisories.StreamCreated(account.Account, stream.Name);
            return stream;
        }
        catch (IOException exception)
        {
            StreamLog.CreateFailed(server.Logger, account.Name, restored.Config.Name, exception.Message);
            return StoreFailed;
        }
        finally
        {
            account.Changes.Release();
        }
    }

    /// <summary>Opens a stream again whose log takes no more; false where that does not work yet.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async Task<bool> ReopenAsync(JetStreamAccount account, LiveStream stream)
    {
        await account.Changes.WaitAsync().ConfigureAwait(false);
        try
        {
            // Deleted meanwhile, or its account is gone.
            if (!IsInUse(account) || !ReferenceEquals(account.Find(stream.Name), stream) || stream.Directory is not { } directory) return true;
            await stream.StopAsync().ConfigureAwait(false);
            var listener = new StreamLogListener();
            StreamHome home = service.Stores.Open(directory, stream.Config, listener);
            var reopened = new LiveStream(server, account, stream.Config, stream.Tier, stream.Created, home, listener);
            account.Add(reopened);
            await StartAsync(account, reopened, inMemory: []).ConfigureAwait(false);
            RecoveryLog.Revived(server.Logger, account.Name, stream.Name);
            return true;
        }
        finally
        {
            account.Changes.Release();
        }
    }

    // An account that was disabled, or is enabled again, has nothing to do with what waited for its streams to stop.
    private bool IsInUse(JetStreamAccount account) => ReferenceEquals(service.Find(account.Account), account);

    // Consumers are back before the stream hears of new messages. Those of a stream in files are in its directory, those of one in memory came with it.
    private async Task StartAsync(JetStreamAccount account, LiveStream stream, IReadOnlyList<ConsumerBackup> inMemory)
    {
        stream.Open();
        IReadOnlyList<StoredConsumer> consumers = stream.Directory is { } directory
            ? new ConsumerRecovery(server, account.Name).Find(directory).Sound
            : ConsumerBackups.InMemory(inMemory, GoTime.From(server.Time.GetUtcNow()));
        await stream.Consumers.RecoverAsync(consumers).ConfigureAwait(false);
        stream.Listen();
    }

    private ChangeResult Create(JetStreamAccount account, string name, StreamConfigRequest request)
    {
        ConfigVerdict verdict = StreamCreateRules.Judge(request, name, account.Describe(server.Options));
        if (verdict.Config is not { } config) return verdict.Error!;
        if (verdict.Exists) return account.Find(name) is { } existing ? existing : ApiErrors.StreamNameExist;
        string tier = account.TierOf(config.Replicas);
        var created = GoTime.From(server.Time.GetUtcNow());
        LiveStream stream;
        try
        {
            var listener = new StreamLogListener();
            StreamHome home = service.Stores.Create(account.Name, config, created, listener);
            stream = new LiveStream(server, account, config, tier, created, home, listener);
        }
        catch (IOException exception)
        {
            StreamLog.CreateFailed(server.Logger, account.Name, config.Name, exception.Message);
            return StoreFailed;
        }

        account.Add(stream);
        stream.Start();
        return new ChangeResult(stream, null, IsNew: true);
    }

    private async Task<ChangeResult> ApplyAsync(JetStreamAccount account, LiveStream stream, StreamConfig config)
    {
        try
        {
            stream.Keep(config);
        }
        catch (IOException exception)
        {
            StreamLog.CreateFailed(server.Logger, account.Name, config.Name, exception.Message);
            return StoreFailed;
        }

        var settings = new StreamSettings(config, server.Options.Limits.MaxPayloadBytes);
        await stream.RunAsync(new ConfigureCommand(settings, StreamLogOptions.Of(config, server.Options.JetStream), account.TierOf(config.Replicas, stream.Tier))).ConfigureAwait(false);
        return stream;
    }
}

/// <summary>The stream after a change, or why there was none.</summary>
/// <param name="IsNew">It was not there before.</param>
internal readonly record struct ChangeResult(LiveStream? Stream, ApiError? Error, bool IsNew = false)
{
    public static implicit operator ChangeResult(LiveStream stream) => new(stream, null);

    public static implicit operator ChangeResult(ApiError error) => new(null, error);
}
