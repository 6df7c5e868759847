using System.Buffers;
using System.Text;
using DotNats.JetStream.Publishing;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>Publishes what a stream stored once more, under another subject and with the place it got (<c>republish</c>).</summary>
// Owner: the stream's runner, which asks before it stores a message and tells after.
internal sealed class Republisher
{
    private readonly StreamTransform _transform;
    private readonly bool _headersOnly;
    private readonly string _stream;
    private readonly ArrayBufferWriter<byte> _headers = new(256);
    private byte[] _subject = [];
    private int _subjectLength;
    private ulong _last;

    private Republisher(StreamTransform transform, string stream, bool headersOnly)
    {
        _transform = transform;
        _stream = stream;
        _headersOnly = headersOnly;
    }

    public static Republisher? Of(StreamConfig config) =>
        config.Republish is { } republish && !StoresItself(config, republish) && StreamTransform.Of(republish.Source, republish.Destination) is { } transform
            ? new Republisher(transform, config.Name, republish.HeadersOnly)
            : null;

    // Compat: an update that names no destination means this. nats-server's stream takes what it republishes again and again, without end.
    private static bool StoresItself(StreamConfig config, Republish republish) => republish is { Source: ">", Destination: ">" } && config.Subjects.Count > 0;

    /// <summary>A message is about to be stored: remembers what came before it on its subject.</summary>
    // Compat: a subject that nobody could publish to is passed over.
    public void Prepare(ReadOnlySpan<byte> subject, IMessageLog log)
    {
        _subjectLength = 0;
        if (!_transform.TryApply(subject, out ReadOnlySpan<byte> made) || !Subjects.IsValidLiteral(made)) return;
        if (_subject.Length < made.Length) _subject = new byte[made.Length * 2];
        made.CopyTo(_subject);
        _subjectLength = made.Length;
        _last = log.GetSubject(subject).LastSequence;
    }

    /// <summary>It is stored.</summary>
    public void Add(ReplyBatch batch, in Publication message, ulong sequence, long timestamp)
    {
        if (_subjectLength == 0) return;
        _headers.ResetWrittenCount();
        ReadOnlySpan<byte> own = message.Headers;
        _headers.Write(own.IsEmpty ? "NATS/1.0\r\n"u8 : own[..^2]);
        string text = $"Nats-Stream: {_stream}\r\nNats-Subject: {Encoding.UTF8.GetString(message.Subject)}\r\nNats-Sequence: {sequence}\r\n"
            + $"Nats-Time-Stamp: {GoTime.FromUnixNanoseconds(timestamp)}\r\nNats-Last-Sequence: {_last}\r\n";
        if (_headersOnly) text += $"Nats-Msg-Size: {message.Payload.Length}\r\n";
        Encoding.UTF8.GetBytes(text + "\r\n", _headers);
        batch.Add(_subject.AsSpan(0, _subjectLength), _headers.WrittenSpan, _headersOnly ? default : message.Payload);
    }
}
