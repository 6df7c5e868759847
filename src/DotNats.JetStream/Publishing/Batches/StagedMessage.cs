using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>A message of an atomic batch that waits for the commit, and then what is to be stored of it.</summary>
// Owner: its batch. Immutable. Invariant: subject, headers and payload lie one behind the other.
internal sealed class StagedMessage
{
    private readonly byte[] _bytes;
    private readonly int _subjectLength;
    private readonly int _headersLength;

    /// <summary>A copy of a publication as it is.</summary>
    public StagedMessage(in Publication publication)
    {
        _subjectLength = publication.Subject.Length;
        _headersLength = publication.Headers.Length;
        _bytes = GC.AllocateUninitializedArray<byte>(_subjectLength + _headersLength + publication.Payload.Length);
        publication.Subject.CopyTo(_bytes);
        publication.Headers.CopyTo(_bytes.AsSpan(_subjectLength));
        publication.Payload.CopyTo(_bytes.AsSpan(_subjectLength + _headersLength));
        Rollup = publication.Rollup;
        HasFinishedSchedule = !publication.FinishedSchedule.IsEmpty;
    }

    public ReadOnlySpan<byte> Subject => _bytes.AsSpan(0, _subjectLength);

    public ReadOnlySpan<byte> Headers => _bytes.AsSpan(_subjectLength, _headersLength);

    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(_subjectLength + _headersLength);

    public ReadOnlySpan<byte> MessageId => HeaderLookup.Find(Headers, HeaderNames.MessageId);

    /// <summary>What goes once the message is stored.</summary>
    public Rollup Rollup { get; }

    /// <summary>Subject of a schedule that goes then; empty for none.</summary>
    public ReadOnlySpan<byte> FinishedSchedule => HasFinishedSchedule ? HeaderLookup.Find(Headers, HeaderNames.Scheduler) : default;

    /// <summary>Bytes held.</summary>
    public int Length => _bytes.Length;

    private bool HasFinishedSchedule { get; }
}
