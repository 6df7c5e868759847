using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Primitives;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>What publishers expect a stream to be like (<c>Nats-Expected-*</c>).</summary>
internal static class ExpectationRules
{
    /// <summary>The stream has the name the publisher expects.</summary>
    public static bool IsStream(string name, ReadOnlySpan<byte> expected) => expected.IsEmpty || NameEquals(name, expected);

    /// <summary>Some expectation is there that a counter's increment cannot have.</summary>
    public static bool HasAny(in PublishHeaders headers) =>
        headers.HasValue(PublishHeader.ExpectedStream)
        || headers.HasValue(PublishHeader.ExpectedLastMessageId)
        || headers.HasValue(PublishHeader.ExpectedLastSequence)
        || headers.HasValue(PublishHeader.ExpectedLastSubjectSequence)
        || headers.HasValue(PublishHeader.ExpectedLastSubjectSequenceSubject);

    /// <summary>Subject whose last sequence is expected to be one; the message's own unless another is named.</summary>
    public static ReadOnlySpan<byte> SubjectOf(in Publication publication)
    {
        ReadOnlySpan<byte> named = publication.Read[PublishHeader.ExpectedLastSubjectSequenceSubject];
        return named.IsEmpty ? publication.Subject : named;
    }

    /// <summary>Judges what is expected of a subject's last sequence.</summary>
    public static PublishVerdict CheckSubject(IMessageLog log, in Publication publication)
    {
        if (!publication.Read.HasValue(PublishHeader.ExpectedLastSubjectSequence))
        {
            return publication.Read.HasValue(PublishHeader.ExpectedLastSubjectSequenceSubject)
                ? PublishVerdict.Refuse(ApiErrors.StreamExpectedLastSeqPerSubjectInvalid)
                : PublishVerdict.Store;
        }

        ulong last = LastSequence(log, SubjectOf(in publication));
        return last == HeaderNumbers.ReadExpected(publication.Read[PublishHeader.ExpectedLastSubjectSequence])
            ? PublishVerdict.Store
            : PublishVerdict.WrongLastSequence(last);
    }

    /// <summary>Judges what is expected of the stream's last sequence.</summary>
    public static PublishVerdict CheckStreamSequence(in Publication publication, ulong last)
    {
        if (!publication.Read.HasValue(PublishHeader.ExpectedLastSequence)) return PublishVerdict.Store;
        return last == HeaderNumbers.ReadExpected(publication.Read[PublishHeader.ExpectedLastSequence])
            ? PublishVerdict.Store
            : PublishVerdict.WrongLastSequence(last);
    }

    /// <summary>Last sequence of a subject or of all that a wildcard matches; 0 for none.</summary>
    public static ulong LastSequence(IMessageLog log, ReadOnlySpan<byte> subject) =>
        Subjects.HasWildcards(subject) ? log.GetFiltered(0, subject).LastSequence : log.GetSubject(subject).LastSequence;

    // Names are compared as bytes; most are short and ASCII.
    private static bool NameEquals(string name, ReadOnlySpan<byte> text)
    {
        Span<byte> utf8 = stackalloc byte[256];
        return Encoding.UTF8.TryGetBytes(name, utf8, out int length)
            ? text.SequenceEqual(utf8[..length])
            : text.SequenceEqual(Encoding.UTF8.GetBytes(name));
    }
}
