using DotNats.Storage;
using Shouldly;
using Storage.Tests.Logs;
using TestSupport;
using Xunit;

namespace Storage.Tests.Scans;

public class BlockLoadsTests
{
    private const int BlockBytes = 2000;

    // Without one, a single message is read without its block.
    private static readonly SubjectFilters Filter = new("a");

    private static readonly string Payload = new('p', 500);

    [Fact]
    public async Task Who_enters_a_block_has_the_next_one_loaded()
    {
        var files = new CountingFiles();
        await using LogFixture fixture = await FillAsync(files);
        var message = new MessageBuffer();
        fixture.Log.TryReadNext(1, Filter, message).ShouldBe(ReadStatus.Found);
        await Eventually.HoldsAsync(() => files.ReadsOf("2.blk") == 1);
        // It is there when the reader comes, who has the one behind it loaded then.
        for (ulong next = 2; files.ReadsOf("3.blk") == 0; next++)
        {
            fixture.Log.TryReadNext(next, Filter, message).ShouldBe(ReadStatus.Found);
            message.Sequence.ShouldBe(next);
            // Another try, where the thread that loaded the second one was not quite done.
            if (next == 4) await Eventually.HoldsAsync(() => fixture.Log.TryReadNext(4, Filter, message) == ReadStatus.Found && files.ReadsOf("3.blk") == 1);
        }

        files.ReadsOf("1.blk").ShouldBe(1);
        files.ReadsOf("2.blk").ShouldBe(1);
    }

    [Fact]
    public async Task Who_reads_in_the_middle_of_a_block_has_only_that_one_loaded()
    {
        var files = new CountingFiles();
        await using LogFixture fixture = await FillAsync(files);
        fixture.Log.TryReadNext(2, Filter, new MessageBuffer()).ShouldBe(ReadStatus.Found);
        Read(fixture.Log, 3).ShouldBe(ReadStatus.Found);
        files.Reads.ShouldBe(1);
    }

    [Fact]
    public async Task Readers_of_one_block_wait_for_the_one_that_loads_it()
    {
        var files = new CountingFiles();
        await using LogFixture fixture = await FillAsync(files);
        files.Hold();
        Task<ReadStatus>[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() => Read(fixture.Log, 2), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Eventually.HoldsAsync(() => files.Reads == 1);
        files.Release();
        (await Task.WhenAll(readers)).ShouldAllBe(read => read == ReadStatus.Found);
        files.Reads.ShouldBe(1);
    }

    private static ReadStatus Read(FileLog log, ulong sequence) => log.TryReadNext(sequence, Filter, new MessageBuffer());

    // Far more blocks than the cache has room for, so that the first ones lie on the disk only.
    private static async Task<LogFixture> FillAsync(CountingFiles files)
    {
        var fixture = new LogFixture(files, cacheBytes: 128 * 1024);
        fixture.Open(new LogOptions { Name = "S", BlockBytes = BlockBytes });
        for (int i = 0; i < 100; i++) fixture.Add("a", Payload);
        await fixture.CommitAsync();
        files.Forget();
        return fixture;
    }

    /// <summary>Counts reads of block files, and keeps them waiting where it is asked to.</summary>
    private sealed class CountingFiles : PassingFiles
    {
        private readonly List<string> _reads = [];
        private readonly ManualResetEventSlim _isOpen = new(true);

        public int Reads
        {
            get
            {
                lock (_reads) return _reads.Count;
            }
        }

        public void Forget()
        {
            lock (_reads) _reads.Clear();
        }

        public void Hold() => _isOpen.Reset();

        public void Release() => _isOpen.Set();

        public int ReadsOf(string name)
        {
            lock (_reads) return _reads.Count(read => read == name);
        }

        public override IStorageFile Open(string path, bool create) => new CountedFile(this, base.Open(path, create), Path.GetFileName(path));

        private sealed class CountedFile(CountingFiles files, IStorageFile file, string name) : PassingFile(file)
        {
            public override int Read(Span<byte> target, long offset)
            {
                if (offset == 0)
                {
                    lock (files._reads) files._reads.Add(name);
                }

                files._isOpen.Wait();
                return base.Read(target, offset);
            }
        }
    }
}
