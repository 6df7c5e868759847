using DotNats.JetStream.Accounts;
using DotNats.Server;

namespace DotNats.JetStream.Snapshots;

/// <summary>Holds the room and the name that a restored stream will need, so that nobody else takes them meanwhile, and says where there is not enough.</summary>
// Owner: one restore. Lifetime: disposed when the stream counts for itself, or there will be none. Invariant: _held is what others see as used because of it.
internal sealed class RestoreRoom(ServerCore server, JetStreamAccount account, StreamConfig config) : IDisposable
{
    private readonly bool _isMemory = config.Storage == StorageType.Memory;
    private readonly string _tier = account.TierOf(config.Replicas);
    private bool _isClaimed;
    private long _held;
    private long _used;

    private ApiError Exceeded => _isMemory ? ApiErrors.MemoryResourcesExceeded : ApiErrors.StorageResourcesExceeded;

    /// <summary>Keeps the stream's name from other restores.</summary>
    /// <exception cref="TransferException">Another one has it.</exception>
    public void Claim()
    {
        _isClaimed = account.TryClaim(config.Name);
        if (!_isClaimed) throw new TransferException(ApiErrors.StreamNameExistRestoreFailed);
    }

    /// <summary>Takes what the archive says the stream has.</summary>
    /// <exception cref="TransferException">There is not so much.</exception>
    public void Take(ulong bytes)
    {
        if (bytes > long.MaxValue) throw new TransferException(Exceeded);
        // Before it is taken: others would be refused for want of what nobody can have.
        Check(config with { MaxBytes = Math.Max(config.MaxBytes, (long)bytes) }, 0);
        Hold((long)bytes);
        CheckUsage();
    }

    /// <summary>So much more was stored: what goes beyond what the archive said is taken as it comes.</summary>
    /// <exception cref="TransferException">There is not so much.</exception>
    public void Use(long bytes)
    {
        _used += bytes;
        if (_used <= _held) return;
        Hold(_used - _held);
        CheckUsage();
    }

    /// <summary>So many bytes of files came, of whose content nothing is known yet.</summary>
    /// <exception cref="TransferException">There is not so much.</exception>
    public void UseFiles(long bytes)
    {
        _used = _used > long.MaxValue - bytes ? long.MaxValue : _used + bytes;
        Check(config, _used);
    }

    public void Dispose()
    {
        Hold(-_held);
        _used = 0;
        if (_isClaimed) account.Unclaim(config.Name);
        _isClaimed = false;
    }

    private void Hold(long bytes)
    {
        _held += bytes;
        account.UsageOf(_tier).Add(_isMemory, bytes);
        account.Service.Resources.Used.Add(_isMemory, bytes);
    }

    private void Check(StreamConfig wanted, long more)
    {
        StreamSurroundings around = account.Describe(server.Options);
        if (!around.Limits.TrySelect(wanted.Replicas, out TierLimits? limits, out string tier)) throw new TransferException(ApiErrors.NoLimits);
        long bytes = Math.Max(wanted.MaxBytes, 1);
        bytes = bytes > long.MaxValue - more ? long.MaxValue : bytes + more;
        if (StreamReservation.Check(wanted, limits, tier, bytes, StreamReservation.OfOthers(around.Streams.Values, limits, tier, wanted), around.Server) is { } error)
            throw new TransferException(error);
    }

    private void CheckUsage()
    {
        bool isServerFull = account.Service.Resources.IsExceeded(_isMemory);
        if (isServerFull) account.Service.Advisories.OnServerFull(_isMemory);
        if (isServerFull || IsAccountFull()) throw new TransferException(Exceeded);
    }

    private bool IsAccountFull()
    {
        if (!account.Limits.Tiers.TryGetValue(_tier, out TierLimits? limits)) return true;
        long most = limits.MaxBytesOf(config.Storage);
        long replicas = _tier.Length == 0 ? 1 : Math.Max(1, config.Replicas);
        return most >= 0 && account.UsageOf(_tier).Of(_isMemory) > (most > long.MaxValue / replicas ? long.MaxValue : most * replicas);
    }
}
