using System.Buffers;
using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>A stream as nats-server's archive of messages (2.15): its state, its consumers, its messages, a mark that this is all.</summary>
/// <remarks>What is published meanwhile is behind the state's last sequence and not in it; what is removed meanwhile may be missing.</remarks>
/// <param name="state">Of the moment the backup is of.</param>
/// <param name="consumers">Not yet written; taken before the state, so that none of them knows more than it.</param>
/// <param name="now">Nanoseconds since 1970.</param>
// Owner: one backup. Reads the log beside the stream's runner.
internal sealed class StreamArchive(IMessageLog log, LogState state, IReadOnlyList<ConsumerBackup> consumers, long now)
{
    private readonly MessageBuffer _message = new();
    private ulong _next = Math.Max(1, state.FirstSequence);
    private int _written = -1;
    private bool _isAtEnd;

    /// <summary>Writes the next entry; false where there is none.</summary>
    /// <exception cref="TransferException">A message cannot be read.</exception>
    public bool TryWriteNext(IBufferWriter<byte> target)
    {
        if (_isAtEnd) return false;
        if (_written < 0) WriteState(target);
        else if (_written < consumers.Count) WriteText(target, $"consumers/{consumers[_written].Name}", consumers[_written].Write(state.LastSequence));
        else if (!TryWriteMessage(target)) WriteEnd(target);
        if (_written < consumers.Count) _written++;
        return true;
    }

    private void WriteState(IBufferWriter<byte> target)
    {
        target.Write(ArchiveFormat.Magic);
        WriteText(target, "state.json", ApiJson.Write((state, consumers.Count), static (json, told) => StreamInfos.WriteState(json, told.state, told.Count, default)));
    }

    private void WriteText(IBufferWriter<byte> target, string name, byte[] text)
    {
        ArchiveFormat.WriteEntry(target, Encoding.UTF8.GetBytes(name), new ArchiveEntry(now, 0, 0, text.Length));
        target.Write(text);
    }

    private bool TryWriteMessage(IBufferWriter<byte> target)
    {
        if (_next > state.LastSequence) return false;
        ReadStatus status = log.TryReadNext(_next, null, _message);
        // What a closed log does not have is not what was removed.
        if (log.IsClosed) throw new TransferException("stream is closed");
        if (status == ReadStatus.NotFound || (status == ReadStatus.Found && _message.Sequence > state.LastSequence)) return false;
        if (status != ReadStatus.Found) throw new TransferException($"couldn't load next message after seq {_next}: message is damaged");
        ArchiveFormat.WriteEntry(
            target, _message.Subject, new ArchiveEntry(_message.Timestamp, _message.Sequence, _message.Headers.Length, _message.Payload.Length));
        target.Write(_message.Headers);
        target.Write(_message.Payload);
        _next = _message.Sequence + 1;
        return true;
    }

    // Tells a whole archive from one that was cut between two messages.
    private void WriteEnd(IBufferWriter<byte> target)
    {
        ArchiveFormat.WriteEntry(target, default, default);
        _isAtEnd = true;
    }
}
