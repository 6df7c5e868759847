using System.Formats.Tar;
using System.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;
using TarReader = DotNats.Storage.TarReader;

namespace Storage.Tests.Archives;

public sealed class TarReaderTests
{
    private static readonly string LongName = $"obs/{new string('c', 200)}/meta.inf";

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.V7)]
    public async Task Files_are_read_whoever_wrote_them(TarEntryFormat format)
    {
        bool canBeLong = format is TarEntryFormat.Pax or TarEntryFormat.Gnu;
        (string Name, int Length)[] files = [("meta.inf", 10), ("msgs/1.blk", 512), (canBeLong ? LongName : "obs/c/meta.inf", 1025), ("empty", 0), ("last", 3)];
        TarReader reader = Open(Write(format, files));
        foreach ((string name, int length) in files)
        {
            (await reader.MoveNextAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
            (reader.Name, reader.Size, reader.IsFile).ShouldBe((name, length, true));
            if (name == "msgs/1.blk") continue;
            (await ReadAsync(reader)).ShouldBe(Content(length));
        }

        (await reader.MoveNextAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(TarEntryType.Directory)]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    public async Task What_is_no_plain_file_is_told_as_such(TarEntryType type)
    {
        var target = new MemoryStream();
        await using (var writer = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true))
        {
            var entry = new PaxTarEntry(type, "x");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "/etc/passwd";
            await writer.WriteEntryAsync(entry, TestContext.Current.CancellationToken);
        }

        TarReader reader = Open(target.ToArray());
        (await reader.MoveNextAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        reader.IsFile.ShouldBeFalse();
        (await reader.MoveNextAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public async Task Wherever_a_tar_is_cut_inside_a_file_it_ends_too_early()
    {
        byte[] archive = Write(TarEntryFormat.Ustar, [("one", 700), ("two", 5)]);
        foreach (int length in (int[])[1, 511, 513, 1300, 1535, 1537, 2048, 2050])
            (await Should.ThrowAsync<ArchiveException>(() => ReadAllAsync(Open(archive[..length])))).Message.ShouldBe("unexpected EOF");
        // Compat: two blocks of zeros need not be there.
        foreach (int length in (int[])[0, 1536, 2560]) await ReadAllAsync(Open(archive[..length]));
    }

    [Fact]
    public async Task Heads_that_lie_are_refused_without_making_room_for_what_they_say()
    {
        byte[] archive = Write(TarEntryFormat.Ustar, [("one", 700)]);
        byte[] damaged = [.. archive];
        damaged[3] ^= 1;
        (await Should.ThrowAsync<ArchiveException>(() => ReadAllAsync(Open(damaged)))).Message.ShouldBe("archive/tar: invalid tar header");

        // An extension that says it has eight gigabytes.
        byte[] extended = Head((byte)'x', "77777777777\0"u8);
        (await Should.ThrowAsync<ArchiveException>(() => ReadAllAsync(Open(extended)))).Message.ShouldBe("archive/tar: invalid tar header");

        // A file that says it has more than there is, and one whose size is no number.
        (await Should.ThrowAsync<ArchiveException>(() => ReadAllAsync(Open([.. Head((byte)'0', "77777777777\0"u8), .. new byte[2048]])))).Message.ShouldBe("unexpected EOF");
        await Should.ThrowAsync<ArchiveException>(() => ReadAllAsync(Open(Head((byte)'0', "9z\0"u8))));
        await Should.ThrowAsync<ArchiveException>(() => ReadAllAsync(Open(Head((byte)'0', [0xFF, .. new byte[11]]))));
        await Should.ThrowAsync<ArchiveException>(() => ReadAllAsync(Open([.. new byte[512], .. archive])));
    }

    private static TarReader Open(byte[] archive) => new(new PieceReader(new MemoryStream(archive)));

    private static async Task ReadAllAsync(TarReader reader)
    {
        while (await reader.MoveNextAsync()) await ReadAsync(reader);
    }

    private static async Task<byte[]> ReadAsync(TarReader reader)
    {
        var content = new MemoryStream();
        byte[] piece = new byte[300];
        while (await reader.ReadAsync(piece) is > 0 and var read) content.Write(piece, 0, read);
        return content.ToArray();
    }

    private static byte[] Write(TarEntryFormat format, (string Name, int Length)[] files)
    {
        var target = new MemoryStream();
        using (var writer = new TarWriter(target, format, leaveOpen: true))
        {
            foreach ((string name, int length) in files)
            {
                TarEntryType type = format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile;
                TarEntry entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(type, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(type, name),
                    TarEntryFormat.Ustar => new UstarTarEntry(type, name),
                    _ => new V7TarEntry(type, name),
                };
                entry.DataStream = new MemoryStream(Content(length));
                writer.WriteEntry(entry);
            }
        }

        return target.ToArray();
    }

    private static byte[] Content(int length) => [.. Enumerable.Range(0, length).Select(static i => (byte)i)];

    private static byte[] Head(byte type, ReadOnlySpan<byte> size)
    {
        byte[] block = new byte[512];
        "name"u8.CopyTo(block);
        size.CopyTo(block.AsSpan(124));
        block.AsSpan(148, 8).Fill((byte)' ');
        block[156] = type;
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        int sum = block.Sum(static value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block.AsSpan(148));
        return block;
    }
}
