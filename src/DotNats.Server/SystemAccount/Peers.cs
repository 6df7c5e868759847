using System.Collections.Concurrent;
using System.Text.Json;
using DotNats.Primitives;
using DotNats.Server.InternalClients;

namespace DotNats.Server.SystemAccount;

/// <summary>The other servers this one has heard of: each tells its statistics now and then, and when it leaves.</summary>
// Owner: SystemServices. Handlers and the timer write, monitoring counts. Lifetime: the server's.
// Invariant: at most MaxPeers entries, none of them this server.
internal sealed class Peers(ServerCore server) : WheelTimer
{
    // Compat: nats-server looks every 90 seconds for servers that said nothing for 150.
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(150);

    // Far more servers than any cluster has; whoever may publish in the system account cannot make us remember more.
    private const int MaxPeers = 10_000;

    private readonly ConcurrentDictionary<string, Peer> _peers = new(StringComparer.Ordinal);

    /// <summary>This server and those it has heard of.</summary>
    public int ActiveServers => _peers.Count + 1;

    public void Start() => server.Timers.Schedule(this, Sweep);

    public void Stop() => server.Timers.Cancel(this);

    /// <summary><c>$SYS.SERVER.&lt;id&gt;.STATSZ</c></summary>
    public void OnStatistics(InternalMessage message)
    {
        if (Parse(message)?.Server is not { Id.Length: > 0 } peer || peer.Id == server.Id) return;
        if (_peers.TryGetValue(peer.Id, out Peer known) && peer.Seq <= known.Sequence)
        {
            SystemLog.OutOfOrder(server.Logger, peer.Id);
            return;
        }

        if (_peers.Count < MaxPeers || _peers.ContainsKey(peer.Id)) _peers[peer.Id] = new Peer(peer.Seq, server.Time.GetTimestamp());
    }

    /// <summary><c>$SYS.SERVER.&lt;id&gt;.SHUTDOWN</c> and <c>…LAMEDUCK</c></summary>
    public void OnLeaving(InternalMessage message) => _peers.TryRemove(SystemSubjects.Token(message.Subject, 2), out _);

    protected override void OnExpired()
    {
        foreach ((string id, Peer peer) in _peers)
        {
            if (server.Time.GetElapsedTime(peer.LastHeard) <= MaxSilence) continue;
            SystemLog.OrphanServer(server.Logger, id);
            _peers.TryRemove(id, out _);
        }

        Start();
    }

    private static PeerMessage? Parse(InternalMessage message)
    {
        try
        {
            return JsonSerializer.Deserialize(message.Payload, SystemJson.Compact.PeerMessage);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private readonly record struct Peer(ulong Sequence, long LastHeard);
}

/// <summary>What is read of another server's statistics.</summary>
internal sealed record PeerMessage(PeerBlock? Server);

/// <summary>Who the other server is.</summary>
internal sealed record PeerBlock(string? Id, ulong Seq);
