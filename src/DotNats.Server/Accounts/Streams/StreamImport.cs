using System.Text;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>Messages of another account, under a subject of this one. Immutable.</summary>
// Lifetime: as long as it is in a snapshot of its account, and while shadows of an older one are let go.
internal sealed class StreamImport
{
    /// <param name="exporter">Null where terms are only checked.</param>
    /// <param name="from">Filter in the exporting account.</param>
    /// <param name="to">Filter here.</param>
    /// <param name="transform">From there to here; null where subjects stay as they are, or are one and the same.</param>
    public StreamImport(string exporterName, Account? exporter, string from, string to, SubjectTransform? transform, bool allowTrace)
    {
        ExporterName = exporterName;
        Exporter = exporter!;
        From = from;
        To = to;
        FromFilter = Encoding.UTF8.GetBytes(from);
        ToFilter = Encoding.UTF8.GetBytes(to);
        Transform = transform;
        Inverse = transform?.Invert();
        AllowTrace = allowTrace;
    }

    // An import's transform asks for none.
    public static SpreadRandom NoRandom => new(1);

    public string ExporterName { get; }

    public Account Exporter { get; }

    public string From { get; }

    public string To { get; }

    public byte[] FromFilter { get; }

    public byte[] ToFilter { get; }

    /// <summary>The exporter's subjects into ours; null where none is needed.</summary>
    public SubjectTransform? Transform { get; }

    /// <summary>The way back; null also where there is none.</summary>
    public SubjectTransform? Inverse { get; }

    /// <summary>Traces follow messages into this account.</summary>
    public bool AllowTrace { get; }

    /// <summary>Subjects are the same on both sides.</summary>
    public bool KeepsSubject => Transform is null && From == To;

    public bool IsSameAs(StreamImport other) =>
        ReferenceEquals(Exporter, other.Exporter) && From == other.From && To == other.To && AllowTrace == other.AllowTrace
        && Transform?.Destination == other.Transform?.Destination;

    /// <summary>What has to be subscribed to there for a subscription here; null where the two have nothing in common.</summary>
    public byte[]? FilterFor(ReadOnlySpan<byte> localFilter)
    {
        if (localFilter.SequenceEqual(ToFilter)) return FromFilter;
        byte[]? common = ImportSubjects.Intersect(localFilter, ToFilter);
        if (common is null) return null;
        if (KeepsSubject) return common;
        // Without a way back the whole import is listened to, and each message checked.
        if (Inverse is null) return FromFilter;
        byte[] room = new byte[Inverse.MaxLength(common.Length)];
        return Inverse.TryApply(common, room, NoRandom, out int length) ? room[..length] : FromFilter;
    }
}
