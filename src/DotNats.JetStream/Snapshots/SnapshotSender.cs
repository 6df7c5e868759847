using System.Buffers;
using System.Globalization;
using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.InternalClients;
using DotNats.Server.SystemAccount;

namespace DotNats.JetStream.Snapshots;

/// <summary>Sends an archive in chunks, no more of them at a time than the receiver has acknowledged (wire reference section 9.5).</summary>
// Owner: one backup. Memory: a block of the archive, a chunk, and the largest message.
internal sealed class SnapshotSender(ServerCore server, LiveStream stream, SnapshotRequest request, string id)
{
    // Compat: nats-server's patience.
    private static readonly TimeSpan AcknowledgementTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan InterestTimeout = TimeSpan.FromSeconds(2);

    // How soon it is seen that the receiver is gone.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _target = Encoding.UTF8.GetBytes(request.DeliverSubject);
    private readonly string _acknowledgements = $"$JS.SNAPSHOT.ACK.{stream.Name}.{id}";
    private readonly ArrayBufferWriter<byte> _entry = new();
    private readonly ArrayBufferWriter<byte> _ready = new();
    private byte[] _held = new byte[request.ChunkBytes];
    private int _heldStart;
    private int _heldEnd;
    private long _sentAt;
    private bool _isHeard;

    /// <summary>Bytes it has room for.</summary>
    public int RoomBytes => _held.Length;

    private int HeldBytes => _heldEnd - _heldStart;

    /// <summary>Sends all of it; null, or why that did not work, which the receiver was told.</summary>
    public async Task<string?> SendAsync(StreamArchive archive, CancellationToken cancellationToken)
    {
        await AwaitInterestAsync(cancellationToken).ConfigureAwait(false);
        var window = new ChunkWindow(request.MaxInFlight);
        using var client = new InternalClient(server, stream.Account, "Stream snapshot");
        using InternalSubscription acknowledgements = client.Subscribe(_acknowledgements + ".>", null, _ => window.OnAcknowledged());
        // Compat: an archive that is less than one chunk ends without a status.
        byte[] end = [];
        string? failure = null;
        try
        {
            if (await SendChunksAsync(archive, window, cancellationToken).ConfigureAwait(false) > 0) end = "NATS/1.0 204\r\n\r\n"u8.ToArray();
        }
        catch (ReceiverException lost)
        {
            failure = lost.Message;
            end = Encoding.UTF8.GetBytes($"NATS/1.0 408 {lost.Status}\r\n\r\n");
        }
        catch (Exception exception) when (exception is TransferException or IOException or ObjectDisposedException)
        {
            failure = exception is TransferException ? exception.Message : "stream cannot be read";
            end = Encoding.UTF8.GetBytes($"NATS/1.0 500 {failure}\r\n\r\n");
        }

        Publish(default, end, default);
        return failure;
    }

    // Compat: whoever asks may subscribe a little later; one who never does is sent what fits into the window.
    private async Task AwaitInterestAsync(CancellationToken cancellationToken)
    {
        long start = server.Time.GetTimestamp();
        while (!(_isHeard = HasInterest()) && server.Time.GetElapsedTime(start) < InterestTimeout)
            await Task.Delay(LookInterval, server.Time, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> SendChunksAsync(StreamArchive archive, ChunkWindow window, CancellationToken cancellationToken)
    {
        using var encoder = new S2Encoder();
        int sent = 0;
        bool isWhole = false;
        _sentAt = server.Time.GetTimestamp();
        while (true)
        {
            while (HeldBytes < request.ChunkBytes && !isWhole)
            {
                isWhole = !archive.TryWriteNext(_entry);
                if (isWhole) encoder.Flush(_ready);
                else encoder.Append(_entry.WrittenSpan, _ready);
                _entry.ResetWrittenCount();
                Hold();
            }

            if (HeldBytes < request.ChunkBytes) break;
            await TakePlaceAsync(window, cancellationToken).ConfigureAwait(false);
            sent++;
            byte[] reply = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_acknowledgements}.{request.ChunkBytes}.{sent}"));
            Publish(reply, default, _held.AsSpan(_heldStart, request.ChunkBytes));
            _heldStart += request.ChunkBytes;
            _sentAt = server.Time.GetTimestamp();
        }

        // The rest waits for nobody: what follows it is the end.
        if (HeldBytes > 0) Publish(default, default, _held.AsSpan(_heldStart, HeldBytes));
        return sent;
    }

    private async Task TakePlaceAsync(ChunkWindow window, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            bool isHeard = HasInterest();
            if (_isHeard && !isHeard) throw new ReceiverException("no interest", "No Interest");
            _isHeard = isHeard;
            if (window.TryTake()) return;
            if (server.Time.GetElapsedTime(_sentAt) >= AcknowledgementTimeout) throw new ReceiverException("no flow response", "No Flow Response");
            await window.WaitAsync(LookInterval, server.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    // Takes over what was compressed; less than a chunk is held then.
    private void Hold()
    {
        ReadOnlySpan<byte> ready = _ready.WrittenSpan;
        if (_heldEnd + ready.Length > _held.Length)
        {
            byte[] target = HeldBytes + ready.Length > _held.Length ? new byte[HeldBytes + ready.Length + request.ChunkBytes] : _held;
            _held.AsSpan(_heldStart, HeldBytes).CopyTo(target);
            (_held, _heldStart, _heldEnd) = (target, 0, HeldBytes);
        }

        ready.CopyTo(_held.AsSpan(_heldEnd));
        _heldEnd += ready.Length;
        _ready.ResetWrittenCount();
    }

    // Compat: a wildcard that matches does not count, such as a stream's that would store the archive.
    private bool HasInterest() => Array.Exists(stream.Account.Subscriptions.Match(_target).Plain, listener => listener.Subject.AsSpan().SequenceEqual(_target));

    private void Publish(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        InternalPublisher.Publish(server, stream.Account, _target, reply, headers, payload);

    private sealed class ReceiverException(string message, string status) : Exception(message)
    {
        public string Status => status;
    }
}
