using System.Buffers;
using System.Text;
using DotNats.Primitives;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Shouldly;

namespace JetStream.Tests.Snapshots;

/// <summary>Archives made by hand, and what a restore of one leaves.</summary>
internal static class Archives
{
    /// <summary>Entries as "sequence:name=body", E for none, divided by |; "end" for the mark at the end.</summary>
    public static byte[] Make(string entries)
    {
        var target = new ArrayBufferWriter<byte>();
        target.Write(ArchiveFormat.Magic);
        foreach (string entry in entries.Split('|'))
        {
            string[] parts = entry.Split(':', 2);
            string[] named = parts[^1].Split('=', 2);
            byte[] body = Encoding.UTF8.GetBytes(named.Length > 1 ? named[1] : "");
            if (entry == "end") ArchiveFormat.WriteEntry(target, default, default);
            else ArchiveFormat.WriteEntry(target, Encoding.UTF8.GetBytes(named[0]), new ArchiveEntry(1_000, parts[0] == "E" ? 0 : ulong.Parse(parts[0]), 0, body.Length));
            if (entry != "end") target.Write(body);
        }

        return target.WrittenSpan.ToArray();
    }

    public static byte[] Compress(byte[] content)
    {
        var target = new ArrayBufferWriter<byte>();
        S2Frames.Encode(content, target);
        return target.WrittenSpan.ToArray();
    }

    /// <summary>No file of a stream, and none that was put aside.</summary>
    public static void AssertNothingIsLeft(StreamServer server)
    {
        string account = Path.Combine(server.Directory, "jetstream", "$G");
        if (!Directory.Exists(account)) return;
        Directory.EnumerateFiles(account, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        Directory.GetFileSystemEntries(server.Directory, "snap-*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    /// <summary>An archive of so many messages that cannot be made smaller, in several blocks of its compression.</summary>
    public static byte[] OfMessages(int count, int bytes)
    {
        var target = new ArrayBufferWriter<byte>();
        target.Write(Make($$"""E:state.json={"messages":{{count}},"bytes":{{count * bytes}},"first_seq":1,"last_seq":{{count}}}"""));
        var random = new Random(7);
        byte[] payload = new byte[bytes];
        for (int i = 1; i <= count; i++)
        {
            random.NextBytes(payload);
            ArchiveFormat.WriteEntry(target, "s.1"u8, new ArchiveEntry(1_000, (ulong)i, 0, bytes));
            target.Write(payload);
        }

        ArchiveFormat.WriteEntry(target, default, default);
        return Compress(target.WrittenSpan.ToArray());
    }
}
