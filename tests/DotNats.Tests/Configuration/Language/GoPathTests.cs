using DotNats.Configuration.Language;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration.Language;

public class GoPathTests
{
    [Theory]
    [InlineData("", ".")]
    [InlineData("a/b", "a/b")]
    [InlineData("a//b/./c/", "a/b/c")]
    [InlineData("a/../b", "b")]
    [InlineData("../a/..", "..")]
    [InlineData("/../a", "/a")]
    [InlineData("/", "/")]
    [InlineData("./a", "a")]
    public void Paths_are_cleaned(string path, string clean) => GoPath.Clean(path).Replace('\\', '/').ShouldBe(clean);

    [Theory]
    [InlineData("t.conf", "x.conf", "x.conf")]
    [InlineData("./t.conf", "x.conf", "x.conf")]
    [InlineData("/etc/nats/t.conf", "sub/x.conf", "/etc/nats/sub/x.conf")]
    [InlineData("/etc/nats/t.conf", "../x.conf", "/etc/x.conf")]
    [InlineData("/etc/nats/t.conf", "/x.conf", "/etc/nats/x.conf")]
    [InlineData("", "x.conf", "x.conf")]
    public void Includes_are_below_the_file_that_names_them(string file, string include, string path) =>
        GoPath.Join(GoPath.DirectoryOf(file), include).Replace('\\', '/').ShouldBe(path);
}
