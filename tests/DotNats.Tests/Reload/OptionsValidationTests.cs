using Shouldly;
using Xunit;

namespace DotNats.Tests.Reload;

public class OptionsValidationTests
{
    public static TheoryData<string, NatsServerOptions> Missing() => new()
    {
        { "a key kept by a TPM is", new NatsServerOptions { JetStream = new JetStreamOptions { Enabled = true, Tpm = new JetStreamTpmOptions() } } },
        { "clusters are", new NatsServerOptions { Cluster = new ClusterOptions { Port = -1 } } },
        { "gateways are", new NatsServerOptions { Gateway = new GatewayOptions { Port = 1 } } },
        { "leaf nodes are", new NatsServerOptions { LeafNodes = new LeafNodeOptions { Port = 1 } } },
        { "WebSocket is", new NatsServerOptions { WebSocket = new WebSocketOptions { Port = 1 } } },
        { "OCSP stapling is", new NatsServerOptions { Ocsp = new OcspOptions { Mode = OcspMode.Must } } },
    };

    [Theory]
    [MemberData(nameof(Missing))]
    public void What_would_be_half_obeyed_is_refused_by_name(string what, NatsServerOptions options) =>
        OptionsValidation.ErrorsOf(options).ShouldContain($"{what} not available in this version");

    [Fact]
    public void Defaults_and_what_is_turned_off_are_fine()
    {
        OptionsValidation.ErrorsOf(new NatsServerOptions()).ShouldBeEmpty();
        OptionsValidation.ErrorsOf(new NatsServerOptions { JetStream = new JetStreamOptions { Enabled = true } }).ShouldBeEmpty();
        OptionsValidation.ErrorsOf(WithAccount(new AccountOptions { Name = "A", TraceDestination = "t" }) with
        {
            Cluster = new ClusterOptions { Name = "c" }, LeafNodes = new LeafNodeOptions(), Ocsp = new OcspOptions(),
        }).ShouldBeEmpty();
    }

    private static NatsServerOptions WithAccount(AccountOptions account) => new() { Accounts = [account] };
}
