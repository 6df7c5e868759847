namespace DotNats.Client.Wire;

/// <summary>Bytes read and not yet consumed, contiguous.</summary>
// Owner: the handshake, then the receive loop. Invariant: 0 <= _start <= _end <= _bytes.Length.
internal sealed class ReceiveBuffer
{
    private const int UsualBytes = 64 * 1024;

    private byte[] _bytes = new byte[4096];
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    public bool IsEmpty => _start == _end;

    public void Consume(int count)
    {
        _start += count;
        if (_start == _end) _start = _end = 0;
    }

    /// <summary>Reads once behind what is there; false at the end of the stream.</summary>
    /// <param name="neededBytes">Bytes the first unread operation takes in whole; 0 while unknown.</param>
    public async ValueTask<bool> FillAsync(Stream stream, int neededBytes, CancellationToken cancellationToken)
    {
        MakeRoom(neededBytes);
        int read = await stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    private void MakeRoom(int neededBytes)
    {
        int unread = _end - _start;
        if (neededBytes <= _bytes.Length - _start && _end < _bytes.Length) return;
        // A full buffer says that the peer sends faster than this reads at a time: from the small first one go to the usual one.
        int wanted = Math.Max(neededBytes, unread == _bytes.Length || _bytes.Length < UsualBytes ? Math.Max(UsualBytes, unread * 2) : 0);
        byte[] target = wanted > _bytes.Length ? new byte[wanted] : _bytes;
        _bytes.AsSpan(_start, unread).CopyTo(target);
        _bytes = target;
        _start = 0;
        _end = unread;
    }
}
