using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Archives;

public sealed class StoreFileNameTests
{
    [Theory]
    [InlineData("meta.inf", StoreFileKind.StreamMeta)]
    [InlineData("./meta.sum", StoreFileKind.StreamSum)]
    [InlineData("msgs/1.blk", StoreFileKind.Block)]
    [InlineData("msgs//../msgs/4294967295.blk", StoreFileKind.Block)]
    [InlineData("/msgs/1.blk", StoreFileKind.Block)]
    [InlineData("/../msgs/1.blk", StoreFileKind.Block)]
    [InlineData("obs/c/o.dat", StoreFileKind.Consumer)]
    [InlineData("msgs/index.db", StoreFileKind.Foreign)]
    [InlineData("msgs/dotnats.idx", StoreFileKind.Foreign)]
    [InlineData("msgs/01.blk", StoreFileKind.Foreign)]
    [InlineData("msgs/1.key", StoreFileKind.Foreign)]
    [InlineData("meta.key", StoreFileKind.Foreign)]
    [InlineData("obs/c/d/o.dat", StoreFileKind.Foreign)]
    [InlineData("/etc/passwd", StoreFileKind.Foreign)]
    [InlineData("../meta.inf", StoreFileKind.Refused)]
    [InlineData("msgs/../../meta.inf", StoreFileKind.Refused)]
    [InlineData("", StoreFileKind.Refused)]
    [InlineData(".", StoreFileKind.Refused)]
    [InlineData("msgs/..", StoreFileKind.Refused)]
    [InlineData("..\\meta.inf", StoreFileKind.Refused)]
    [InlineData("C:/meta.inf", StoreFileKind.Refused)]
    [InlineData("obs/c\0/o.dat", StoreFileKind.Refused)]
    public void Names_are_judged_before_anything_is_written(string path, StoreFileKind kind) => StoreFileName.Read(path).Kind.ShouldBe(kind);

    [Fact]
    public void A_consumers_file_tells_whose_it_is()
    {
        StoreFileName name = StoreFileName.Read("obs/c/meta.inf");
        (name.Folder, name.Name, name.Consumer).ShouldBe((Path.Combine("obs", "c"), "meta.inf", "c"));
    }
}
