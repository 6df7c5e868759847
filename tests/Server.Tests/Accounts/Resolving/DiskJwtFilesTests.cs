using DotNats.Server.Accounts.Resolving;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts.Resolving;

public sealed class DiskJwtFilesTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"jwt-{Guid.NewGuid():N}");

    [Fact]
    public void Files_are_made_replaced_renamed_and_deleted()
    {
        DiskJwtFiles files = DiskJwtFiles.Open(Path.Combine(_directory, "a", "b"));
        files.Read("x.jwt", 100).ShouldBeNull();
        files.Delete("x.jwt").ShouldBeFalse();
        files.Rename("x.jwt", "x.jwt.deleted").ShouldBeFalse();
        files.Write("x.jwt", "one"u8);
        files.Write("x.jwt", "three"u8);
        files.Read("x.jwt", 100).ShouldBe("three"u8.ToArray());
        files.Read("x.jwt", 2)!.Length.ShouldBe(3);
        files.List().ShouldBe([new JwtFile("x.jwt", 5)]);
        files.Rename("x.jwt", "x.jwt.deleted").ShouldBeTrue();
        files.List().ShouldBeEmpty();
        files.Write("y.jwt", "y"u8);
        files.Delete("y.jwt").ShouldBeTrue();
        Directory.GetFiles(files.Directory).Select(Path.GetFileName).ShouldBe(["x.jwt.deleted"]);
    }

    [Fact]
    public void What_a_crash_left_half_written_is_gone_after_the_next_start()
    {
        DiskJwtFiles.Open(_directory).Write("x.jwt", "old"u8);
        File.WriteAllText(Path.Combine(_directory, "x.jwt.tmp"), "ne");
        DiskJwtFiles files = DiskJwtFiles.Open(_directory);
        files.Read("x.jwt", 100).ShouldBe("old"u8.ToArray());
        Directory.GetFiles(_directory).Length.ShouldBe(1);
    }

    [Fact]
    public void A_write_that_fails_leaves_what_was_there()
    {
        DiskJwtFiles files = DiskJwtFiles.Open(_directory);
        Directory.CreateDirectory(Path.Combine(_directory, "x.jwt"));
        Should.Throw<IOException>(() => files.Write("x.jwt", "new"u8));
        Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName).ShouldBe(["x.jwt"]);
    }

    [Fact]
    public void A_file_in_the_place_of_the_directory_is_an_error()
    {
        Directory.CreateDirectory(_directory);
        string file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "");
        Should.Throw<IOException>(() => DiskJwtFiles.Open(file));
    }

    [Fact]
    public void Ten_thousand_JWTs_are_opened()
    {
        const int Count = 10_000;
        var jwts = new TestJwts();
        DiskJwtFiles files = DiskJwtFiles.Open(_directory);
        for (int i = 0; i < Count; i++)
        {
            string account = TestJwts.NewAccount();
            File.WriteAllText(Path.Combine(_directory, account + ".jwt"), jwts.Account(account));
        }

        JwtStore store = JwtStore.Open(files, new JwtStoreRules(), TimeProvider.System, new RecordedLog());
        store.Count.ShouldBe(Count);
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
