using System.Buffers;
using System.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Archives;

public sealed class ArchiveReaderTests
{
    [Fact]
    public async Task What_was_written_is_read_entry_by_entry()
    {
        ArchiveEntry[] entries = [new(-5, 0, 0, 3), new(1_700_000_000_000_000_000, 1, 12, 4), new(long.MaxValue, ulong.MaxValue, 0, 100_000), default];
        string[] names = ["state.json", "a.b", new string('n', 5000), ""];
        byte[] archive = Write(names, entries);
        ArchiveReader reader = Open(archive);
        for (int i = 0; i < entries.Length; i++)
        {
            (await reader.MoveNextAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
            reader.Entry.ShouldBe(entries[i]);
            Encoding.UTF8.GetString(reader.Name).ShouldBe(names[i]);
            // Every other body is passed over.
            if (i % 2 == 1) (await reader.ReadBodyAsync(TestContext.Current.CancellationToken)).ToArray().ShouldBe(Body(entries[i]));
        }

        reader.Entry.IsEnd.ShouldBeTrue();
        (await reader.MoveNextAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public async Task Wherever_an_archive_is_cut_it_ends_too_early_or_between_entries()
    {
        byte[] archive = Write(["state.json", "a.b", ""], [new(1, 0, 0, 3), new(2, 7, 2, 4), default]);
        for (int length = 0; length < archive.Length; length++)
        {
            ArchiveReader reader = Open(archive[..length]);
            bool hasEnd = false;
            try
            {
                while (await reader.MoveNextAsync(TestContext.Current.CancellationToken)) hasEnd |= reader.Entry.IsEnd;
            }
            catch (ArchiveException exception)
            {
                exception.Message.ShouldBe("archive: invalid archive stream");
            }

            hasEnd.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("NATSARC2")]
    [InlineData("NATSARC1\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0002")]
    [InlineData("NATSARC1\u00ff\u00ff\u00ff\u007f\u0000\u0000\u0000\u0000")]
    [InlineData("NATSARC1\u0001\u0000\u0000\u0000\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u0001x")]
    public async Task What_cannot_be_is_refused_before_anything_is_made_room_for(string text)
    {
        ArchiveReader reader = Open(Encoding.Latin1.GetBytes(text));
        await Should.ThrowAsync<ArchiveException>(async () => await reader.MoveNextAsync());
    }

    private static ArchiveReader Open(byte[] archive) => new(new PieceReader(new MemoryStream(archive)));

    private static byte[] Write(string[] names, ArchiveEntry[] entries)
    {
        var target = new ArrayBufferWriter<byte>();
        target.Write(ArchiveFormat.Magic);
        for (int i = 0; i < entries.Length; i++)
        {
            ArchiveFormat.WriteEntry(target, Encoding.UTF8.GetBytes(names[i]), entries[i]);
            target.Write(Body(entries[i]));
        }

        return target.WrittenSpan.ToArray();
    }

    private static byte[] Body(ArchiveEntry entry) => [.. Enumerable.Range(0, (int)entry.BodyLength).Select(static i => (byte)i)];
}
