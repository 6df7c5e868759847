using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Publishing.Batches;

internal enum FastBatchReading
{
    /// <summary>No message of a fast batch.</summary>
    None,
    Valid,

    /// <summary>Says it is one, and not how.</summary>
    Invalid,
}

/// <summary>
/// What the reply subject of a fast batch's message says (ADR-50): <c>&lt;prefix&gt;.&lt;id&gt;.&lt;flow&gt;.&lt;ok|fail&gt;.&lt;sequence&gt;.&lt;operation&gt;.$FI</c>.
/// </summary>
internal readonly ref struct FastBatchRequest
{
    private const int DefaultFlow = 10;
    private const long Start = 0;
    private const long Append = 1;
    private const long Commit = 2;
    private const long CommitEndOfBatch = 3;
    private const long PingOperation = 4;

    private static readonly GoJsonField[] ReplyField = [new("reply", GoJsonKind.Text)];

    public ReadOnlySpan<byte> Id { get; private init; }

    /// <summary>Of the message in its batch, from 1.</summary>
    public ulong Sequence { get; private init; }

    /// <summary>Acknowledgements the publisher wants: one for so many messages at most.</summary>
    public ushort Flow { get; private init; }

    /// <summary>Messages may get lost on the way without ending the batch.</summary>
    public bool AllowsGaps { get; private init; }

    /// <summary>Asks how far the batch is; no message.</summary>
    public bool IsPing { get; private init; }

    /// <summary>The last of its batch.</summary>
    public bool IsCommit { get; private init; }

    /// <summary>The one before was the last; this one is not stored.</summary>
    public bool IsEndOfBatch { get; private init; }

    private static ReadOnlySpan<byte> Suffix => ".$FI"u8;

    /// <summary>Reads a reply subject, or the one that it stands for where the message came from another account.</summary>
    public static FastBatchReading Read(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, out FastBatchRequest request)
    {
        request = default;
        if (!IsFast(reply))
        {
            if (!reply.StartsWith("_R_."u8)) return FastBatchReading.None;
            reply = ReadOriginal(HeaderLookup.Find(headers, HeaderNames.RequestInfo));
            if (!IsFast(reply)) return FastBatchReading.None;
        }

        return TryRead(reply[..^Suffix.Length], out request) ? FastBatchReading.Valid : FastBatchReading.Invalid;
    }

    private static bool IsFast(ReadOnlySpan<byte> reply) => reply.Length > Suffix.Length && reply.EndsWith(Suffix);

    private static ReadOnlySpan<byte> ReadOriginal(ReadOnlySpan<byte> info)
    {
        if (info.IsEmpty) return default;
        GoJsonObject json = GoJsonObject.Read(info, "server.ClientInfo", ReplyField, out string? error);
        return error is null ? Encoding.UTF8.GetBytes(json.Text("reply")) : default;
    }

    // From the end: the prefix may have any number of tokens, but at least one.
    private static bool TryRead(ReadOnlySpan<byte> subject, out FastBatchRequest request)
    {
        request = default;
        if (!TryTakeLast(subject, out subject, out ReadOnlySpan<byte> text)) return false;
        long operation = HeaderNumbers.ReadWrapping(text);
        if (operation is < Start or > PingOperation) return false;
        if (!TryTakeLast(subject, out subject, out text) || !HeaderNumbers.TryRead(text, out ulong sequence) || !IsAllowed(operation, sequence)) return false;
        if (!TryTakeLast(subject, out subject, out ReadOnlySpan<byte> gaps) || !(gaps.SequenceEqual("ok"u8) || gaps.SequenceEqual("fail"u8))) return false;
        if (!TryTakeLast(subject, out subject, out text)) return false;
        long flow = HeaderNumbers.ReadWrapping(text);
        if (!TryTakeLast(subject, out subject, out ReadOnlySpan<byte> id)) return false;
        request = new FastBatchRequest
        {
            Id = id,
            Sequence = sequence,
            Flow = (ushort)(flow <= 0 ? DefaultFlow : Math.Min(flow, ushort.MaxValue)),
            AllowsGaps = gaps.Length == 2,
            IsPing = operation == PingOperation,
            IsCommit = operation is Commit or CommitEndOfBatch,
            IsEndOfBatch = operation == CommitEndOfBatch,
        };
        return true;
    }

    private static bool IsAllowed(long operation, ulong sequence) => sequence is not (0 or ulong.MaxValue) && operation switch
    {
        Start => sequence == 1,
        Append or CommitEndOfBatch => sequence > 1,
        _ => true,
    };

    private static bool TryTakeLast(ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> token)
    {
        int dot = subject.LastIndexOf((byte)'.');
        rest = dot < 0 ? default : subject[..dot];
        token = dot < 0 ? default : subject[(dot + 1)..];
        return dot >= 0;
    }
}
