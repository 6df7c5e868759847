using DotNats.Server.Monitoring;
using Shouldly;
using Xunit;

namespace Server.Tests.Monitoring;

public class SecretArgumentsTests
{
    [Theory]
    [InlineData("-p 4222 --pass secret", "-p 4222 --pass [REDACTED]")]
    [InlineData("--pass=secret -D", "--pass=[REDACTED] -D")]
    [InlineData("-user u -auth t", "-user [REDACTED] -auth [REDACTED]")]
    [InlineData("--pass", "--pass")]
    [InlineData("--cluster nats://u:p@127.0.0.1:-1", "--cluster nats://[REDACTED]@127.0.0.1:-1")]
    [InlineData("--cluster_listen=nats://127.0.0.1:-1", "--cluster_listen=nats://127.0.0.1:-1")]
    [InlineData("--routes nats://u:p@a:1,nats://b:2,tls://u@c:3", "--routes nats://[REDACTED]@a:1,nats://b:2,tls://[REDACTED]@c:3")]
    [InlineData("--passport secret", "--passport secret")]
    public void Secrets_are_masked_and_all_else_stays(string args, string shown) =>
        string.Join(' ', SecretArguments.Redact(args.Split(' '))).ShouldBe(shown);
}
