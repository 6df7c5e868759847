using System.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Crash.Disk;

/// <summary>The faulty disk keeps what was synced and may lose the rest, or it would prove nothing.</summary>
public sealed class FaultyFilesTests
{
    [Fact]
    public void What_was_synced_is_there_after_every_crash()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            FaultyFiles files = Start(seed);
            Write(files, "/d/a", "safe", sync: true);
            files.SyncDirectory("/d");
            Write(files, "/d/a", "lost", sync: false, offset: 4);
            files.Restart(powerWasLost: true);
            Read(files, "/d/a").ShouldStartWith("safe");
        }
    }

    [Fact]
    public void What_was_not_synced_is_there_or_gone_or_there_in_part()
    {
        string payload = new string('x', 600) + new string('y', 600);
        var seen = new HashSet<string>();
        for (int seed = 0; seed < 200; seed++)
        {
            FaultyFiles files = Start(seed);
            Write(files, "/d/a", "", sync: true);
            files.SyncDirectory("/d");
            Write(files, "/d/a", payload, sync: false);
            files.Restart(powerWasLost: true);
            seen.Add(Read(files, "/d/a"));
        }

        seen.ShouldContain("");
        seen.ShouldContain(payload);
        seen.ShouldContain(payload[..512]);
        seen.ShouldContain(text => text.StartsWith('\0') && text.EndsWith('y'));
    }

    [Fact]
    public void A_name_needs_a_sync_of_its_own()
    {
        var seen = new HashSet<bool>();
        for (int seed = 0; seed < 50; seed++)
        {
            FaultyFiles files = Start(seed);
            Write(files, "/d/a", "safe", sync: true);
            files.Restart(powerWasLost: true);
            seen.Add(files.FileExists("/d/a"));
        }

        seen.Count.ShouldBe(2);
    }

    [Fact]
    public void A_move_happens_whole_or_not()
    {
        var seen = new HashSet<string>();
        for (int seed = 0; seed < 50; seed++)
        {
            FaultyFiles files = Start(seed);
            Write(files, "/d/a", "old", sync: true);
            Write(files, "/d/b", "new", sync: true);
            files.SyncDirectory("/d");
            files.Move("/d/b", "/d/a");
            files.Restart(powerWasLost: true);
            seen.Add(Read(files, "/d/a") + (files.FileExists("/d/b") ? " and b" : ""));
        }

        seen.Order().ShouldBe(["new", "old and b"]);
    }

    [Fact]
    public void A_process_that_ends_loses_nothing()
    {
        FaultyFiles files = Start(1);
        Write(files, "/d/a", "written", sync: false);
        files.Restart(powerWasLost: false);
        Read(files, "/d/a").ShouldBe("written");
    }

    [Fact]
    public void A_crash_comes_at_its_operation_and_ends_everything()
    {
        FaultyFiles files = Start(1);
        IStorageFile file = files.Open("/d/a", create: true);
        files.CrashAt = files.Operations + 2;
        file.Write("1"u8, 0);
        Should.Throw<IOException>(() => file.Write("2"u8, 1));
        files.IsDown.ShouldBeTrue();
        Should.Throw<IOException>(() => files.FileExists("/d/a"));
        files.Restart(powerWasLost: false);
        Should.Throw<IOException>(() => file.Sync());
    }

    [Fact]
    public void A_full_disk_takes_what_it_can()
    {
        FaultyFiles files = Start(1);
        using IStorageFile file = files.Open("/d/a", create: true);
        files.Capacity = 3;
        Should.Throw<DiskFullException>(() => file.Write("12345"u8, 0));
        Read(files, "/d/a").ShouldBe("123");
        files.FreeBytes("/d").ShouldBe(0);
    }

    [Fact]
    public void A_failed_sync_is_told_once_and_never_made_good()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            FaultyFiles files = Start(seed);
            IStorageFile file = files.Open("/d/a", create: true);
            files.SyncDirectory("/d");
            file.Write("lost"u8, 0);
            files.FailAt = files.Operations + 1;
            Should.Throw<IOException>(file.Sync);
            file.Sync();
            files.Restart(powerWasLost: true);
            Read(files, "/d/a").ShouldBe("");
        }
    }

    [Fact]
    public void Bits_flip()
    {
        FaultyFiles files = Start(1);
        Write(files, "/d/a", "A", sync: true);
        files.FlipBit("/d/a", 1);
        Read(files, "/d/a").ShouldBe("C");
    }

    private static FaultyFiles Start(int seed)
    {
        var files = new FaultyFiles(new Random(seed));
        files.CreateDirectory("/d");
        files.SyncDirectory("/");
        return files;
    }

    private static void Write(FaultyFiles files, string path, string text, bool sync, long offset = 0)
    {
        using IStorageFile file = files.Open(path, create: true);
        file.Write(Encoding.ASCII.GetBytes(text), offset);
        if (sync) file.Sync();
    }

    private static string Read(FaultyFiles files, string path)
    {
        using IStorageFile file = files.Open(path, create: false);
        byte[] bytes = new byte[file.Length];
        return Encoding.ASCII.GetString(bytes, 0, file.Read(bytes, 0));
    }
}
