using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DotNats.Storage;

/// <summary>The head of a group: what one sync made safe together.</summary>
/// <param name="Fill">How many times the journal's files were begun anew when it was written; larger is later.</param>
/// <param name="Number">Of the group among those of its fill, from 0.</param>
/// <param name="PayloadBytes">Of its records.</param>
internal readonly record struct RedoHead(ulong Fill, uint Number, int PayloadBytes);

/// <summary>Bytes of a file of the redo journal.</summary>
/// <remarks>
/// Grammar, little-endian: file head = "DNREDOF1", 32 bytes of a random key, u64 checksum of these; then groups, each at a multiple of 4096 from there on: head = "DNREDOG1", u64 fill,
/// u32 number, u32 bytes of the payload, u64 checksum of these and the payload; then records: u8 kind, u16 bytes of the name, name (UTF-8, relative to the store, "/" between its
/// parts); of a write also u64 offset, u32 length, bytes. The groups of the largest fill count. Checksums are HighwayHash, of a file under the name "dotnats.redo", of a group under
/// the file's key: what a message is made to look like is no group to anybody who does not read the disk.
/// </remarks>
// Immutable; any thread.
internal sealed class RedoFormat(ReadOnlySpan<byte> key)
{
    /// <summary>Of the files, by the lowest bit of the fills they have.</summary>
    public static readonly string[] FileNames = ["dotnats.2.redo", "dotnats.1.redo"];

    /// <summary>What a device writes at once: a torn group spoils none before it.</summary>
    public const int Alignment = 4096;

    /// <summary>Of a group.</summary>
    public const int HeadBytes = 32;

    public const int FileHeadBytes = 8 + HighwayHash64.KeyBytes + HighwayHash64.HashBytes;

    /// <summary>Bytes were written to a file at an offset.</summary>
    public const byte Write = 1;

    /// <summary>What groups before this one wrote into a directory, or into those below it, does not count any more.</summary>
    public const byte Forget = 2;

    /// <summary>Of one group.</summary>
    public const int MostPayload = 4 * 1024 * 1024;

    private const int HashedHeadBytes = HeadBytes - HighwayHash64.HashBytes;
    private const int HashedFileHeadBytes = FileHeadBytes - HighwayHash64.HashBytes;

    private readonly HighwayHash64 _hash = new(key);

    /// <summary>Where the next group begins.</summary>
    public static long Align(long end) => (end + Alignment - 1) & -Alignment;

    /// <summary>Makes the head of a file, with a key of its own.</summary>
    public static RedoFormat WriteFileHead(Span<byte> head)
    {
        "DNREDOF1"u8.CopyTo(head);
        Span<byte> key = head.Slice(8, HighwayHash64.KeyBytes);
        RandomNumberGenerator.Fill(key);
        BinaryPrimitives.WriteUInt64LittleEndian(head[HashedFileHeadBytes..], HashOfFileHead(head));
        return new RedoFormat(key);
    }

    /// <summary>Reads the head of a file; null for what is none.</summary>
    public static RedoFormat? ReadFileHead(ReadOnlySpan<byte> head)
    {
        bool isSound = head.Length >= FileHeadBytes && head.StartsWith("DNREDOF1"u8)
            && BinaryPrimitives.ReadUInt64LittleEndian(head[HashedFileHeadBytes..]) == HashOfFileHead(head);
        return isSound ? new RedoFormat(head.Slice(8, HighwayHash64.KeyBytes)) : null;
    }

    /// <summary>Writes the head before the records of a group.</summary>
    public void WriteHead(Span<byte> group, in RedoHead head)
    {
        "DNREDOG1"u8.CopyTo(group);
        BinaryPrimitives.WriteUInt64LittleEndian(group[8..], head.Fill);
        BinaryPrimitives.WriteUInt32LittleEndian(group[16..], head.Number);
        BinaryPrimitives.WriteInt32LittleEndian(group[20..], head.PayloadBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(group[HashedHeadBytes..], HashOf(group));
    }

    /// <summary>Reads a head; false for what cannot be one. Whether the group is sound, <see cref="IsSound"/> says.</summary>
    public static bool TryReadHead(ReadOnlySpan<byte> bytes, out RedoHead head)
    {
        head = default;
        if (bytes.Length < HeadBytes || !bytes.StartsWith("DNREDOG1"u8)) return false;
        int payload = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]);
        if (payload is < 0 or > MostPayload) return false;
        head = new RedoHead(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]), payload);
        return true;
    }

    /// <summary>A group is as it was written.</summary>
    public bool IsSound(ReadOnlySpan<byte> group) => BinaryPrimitives.ReadUInt64LittleEndian(group[HashedHeadBytes..]) == HashOf(group);

    /// <summary>A name relative to the store, as records have it.</summary>
    /// <param name="store">The directory that the path begins with.</param>
    public static byte[] NameOf(string store, string path) =>
        Encoding.UTF8.GetBytes(path.AsSpan(store.Length).TrimStart(Path.DirectorySeparatorChar).ToString().Replace(Path.DirectorySeparatorChar, '/'));

    private ulong HashOf(ReadOnlySpan<byte> group)
    {
        HighwayHash64 hash = _hash;
        hash.Append(group[..HashedHeadBytes]);
        hash.Append(group[HeadBytes..]);
        return hash.Finish();
    }

    private static ulong HashOfFileHead(ReadOnlySpan<byte> head)
    {
        HighwayHash64 hash = BlockFormat.HashOf("dotnats.redo");
        hash.Append(head[..HashedFileHeadBytes]);
        return hash.Finish();
    }
}
