using System.Text;
using DotNats.Server.Connections;
using Shouldly;
using Xunit;

namespace Server.Tests.Connections;

// Each text was taken from nats-server 2.15.1.
public sealed class ArgumentFaultTests
{
    [Theory]
    [InlineData("PUB a\r\n", "processPub Parse Error: \"a\"")]
    [InlineData("PUB a b c 1\r\n", "processPub Parse Error: \"a b c 1\"")]
    [InlineData("pub \t a x\r\nmore", "processPub Bad or Missing Size: \"a x\"")]
    [InlineData("PUB a b -1\r\n", "processPub Bad or Missing Size: \"a b -1\"")]
    [InlineData("HPUB a 1\r\n", "processHeaderPub Parse Error: \"a 1\"")]
    [InlineData("HPUB a x 1\r\n", "processHeaderPub Bad or Missing Header Size: \"a x 1\"")]
    [InlineData("HPUB a b 1 x\r\n", "processHeaderPub Bad or Missing Total Size: \"a b 1 x\"")]
    [InlineData("HPUB a 3 2\r\n", "processHeaderPub Header Size larger then TotalSize: \"a 3 2\"")]
    [InlineData("SUB a b c d\r\n", "processSub Parse Error: \"a b c d\"")]
    [InlineData("UNSUB 1 2 3\r\n", "processUnsub Parse Error: \"1 2 3\"")]
    public void Faults_are_told_in_nats_servers_words(string line, string expected) => ArgumentFault.Describe(Encoding.ASCII.GetBytes(line)).ShouldBe(expected);
}
