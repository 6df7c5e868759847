using DotNats.JetStream.Accounts;
using DotNats.JetStream.Publishing;
using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>Whether server and account have room for one more message of a stream, and what the stream uses of it.</summary>
/// <remarks>Others use the same room at the same time: a limit may be passed by what is being stored at that moment, as in nats-server.</remarks>
// Owner: the stream's runner. Invariant: what it told server and account is what the log held when it last settled.
internal sealed class StreamRoom(JetStreamAccount account, LiveStream stream, IMessageLog log, bool isMemory)
{
    private StorageUsage _tier = account.UsageOf(stream.Tier);
    private long _told;

    /// <summary>The server has room at all.</summary>
    public bool HasServerRoom => !account.Service.Resources.IsExceeded(isMemory);

    /// <summary>What a publisher reads where it has not.</summary>
    public ApiError ServerError
    {
        get
        {
            account.Service.Advisories.OnServerFull(isMemory);
            return ApiErrors.InsufficientResources;
        }
    }

    public bool HasAccountRoom(in Publication message, out ApiError? error)
    {
        error = null;
        string tier = stream.Tier;
        if (!account.Limits.Tiers.TryGetValue(tier, out TierLimits? limits))
        {
            error = ApiErrors.NoLimits;
            return false;
        }

        long max = isMemory ? limits.MaxMemoryBytes : limits.MaxStoreBytes;
        if (max < 0) return true;
        long replicas = Math.Max(1, stream.Config.Replicas);
        long size = SizeOf(in message) * replicas;
        // What this batch has stored is not told yet.
        long used = _tier.Of(isMemory) + (long)log.State.Bytes - _told;
        if (used + size <= max * (tier.Length == 0 ? 1 : replicas)) return true;
        account.Service.Advisories.OnAccountFull(account, isMemory);
        error = ApiErrors.AccountResourcesExceeded;
        return false;
    }

    /// <summary>Tells server and account what changed.</summary>
    public void Settle()
    {
        long now = (long)log.State.Bytes;
        if (now == _told) return;
        Tell(now - _told);
        _told = now;
    }

    /// <summary>The stream may have come into another tier.</summary>
    public void Refresh()
    {
        StorageUsage tier = account.UsageOf(stream.Tier);
        if (ReferenceEquals(tier, _tier)) return;
        _tier.Add(isMemory, -_told);
        tier.Add(isMemory, _told);
        _tier = tier;
    }

    /// <summary>The stream is no more.</summary>
    public void Leave()
    {
        Tell(-_told);
        _told = 0;
    }

    private void Tell(long bytes)
    {
        account.Service.Resources.Used.Add(isMemory, bytes);
        _tier.Add(isMemory, bytes);
    }

    private long SizeOf(in Publication message) =>
        RoomRules.SizeOf(!isMemory, message.Subject.Length, message.Headers.Length, message.Payload.Length);
}
