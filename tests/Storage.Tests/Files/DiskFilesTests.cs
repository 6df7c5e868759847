using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Files;

public sealed class DiskFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-files-").FullName;
    private readonly DiskFiles _files = new();

    [Fact]
    public void A_file_that_is_made_is_its_owners_alone()
    {
        string path = Path.Combine(_directory, "1.blk");
        using (IStorageFile file = _files.Open(path, create: true)) file.Write("abc"u8, 0);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using IStorageFile again = _files.Open(path, create: true);
        byte[] read = new byte[4];
        again.Read(read, 0).ShouldBe(3);
        read.ShouldBe("abc\0"u8.ToArray());
    }

    [Fact]
    public void What_cannot_be_opened_says_why()
    {
        string path = Path.Combine(_directory, "none");
        Should.Throw<FileNotFoundException>(() => _files.Open(path, create: false)).Message.ShouldContain(path);
        Should.Throw<IOException>(() => _files.Open(_directory, create: true)).Message.ShouldContain(_directory);
        Should.Throw<IOException>(() => _files.Open(Path.Combine(path, "file"), create: true)).Message.ShouldContain(path);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
