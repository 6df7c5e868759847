using DotNats.Configuration.Binding;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration;

public class PathExpansionTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["HOME"] = "/home/nats", ["HOMEDRIVE"] = "D:", ["HOMEPATH"] = @"\Users\nats", ["USERPROFILE"] = @"C:\Users\nats", ["X"] = "x",
    };

    [Theory]
    [InlineData("$X/a", "x/a")]
    [InlineData("/a/${X}y", "/a/xy")]
    [InlineData("$NOWHERE/a", "/a")]
    public void Variables_are_put_in(string path, string expected)
    {
        PathExpansion.TryExpand(path, Variables, out string expanded, out string? error).ShouldBeTrue(error);
        expanded.ShouldBe(expected);
    }

    [Fact]
    public void Home_is_where_the_system_says()
    {
        PathExpansion.Home(Variables, isWindows: false).ShouldBe("/home/nats");
        PathExpansion.Home(Variables, isWindows: true).ShouldBe(@"D:\Users\nats");
        PathExpansion.Home(new Dictionary<string, string> { ["USERPROFILE"] = @"C:\Users\nats" }, isWindows: true).ShouldBe(@"C:\Users\nats");
        PathExpansion.Home(new Dictionary<string, string>(), isWindows: true).ShouldBeEmpty();
    }
}
