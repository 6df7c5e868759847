using DotNats.App.Signals;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Signals;

public class SignalRequestTests
{
    [Theory]
    [InlineData("stop", ProcessSignal.Kill)]
    [InlineData("quit", ProcessSignal.Interrupt)]
    [InlineData("term", ProcessSignal.Terminate)]
    [InlineData("reopen", ProcessSignal.User1)]
    [InlineData("reload", ProcessSignal.Hangup)]
    [InlineData("ldm", ProcessSignal.User2)]
    internal void Commands_are_signals(string command, ProcessSignal signal) => Check(Parse(command + "=17", []), signal, 17);

    [Fact]
    public void The_only_server_needs_no_naming() => Check(Parse("reload", [42]), ProcessSignal.Hangup, 42);

    [Fact]
    public void A_file_of_that_name_holds_the_process_id() => Check(Parse("reload=my.pid", [], pidFile: "123\n"), ProcessSignal.Hangup, 123);

    [Theory]
    [InlineData("reload=*", "41,42,5")]
    [InlineData("reload=4*", "41,42")]
    [InlineData("reload=7*", "")]
    public void A_pattern_takes_all_that_start_so(string text, string ids) =>
        string.Join(',', Parse(text, [41, 42, 5]).ProcessIds).ShouldBe(ids);

    [Theory]
    [InlineData("reload", "no nats-server processes running", new int[0])]
    [InlineData("reload=1*", "no nats-server processes running", new int[0])]
    [InlineData("reload", "multiple nats-server processes running:\n3\n17", new[] { 3, 17 })]
    [InlineData("dance=1", "unknown signal \"dance\"", new int[0])]
    [InlineData("dance", "no nats-server processes running", new int[0])]
    [InlineData("stop=abc", "invalid pid: abc", new int[0])]
    [InlineData("stop=abc*", "invalid pid: abc", new int[0])]
    [InlineData("a=b=c=d", "invalid signal parameters: [c d]", new int[0])]
    public void Errors_are_nats_servers(string text, string error, int[] running) => Parse(text, running).Error.ShouldBe(error);

    private static void Check((ProcessSignal? Signal, IReadOnlyList<int> ProcessIds, string? Error) request, ProcessSignal signal, int id)
    {
        request.Error.ShouldBeNull();
        request.Signal.ShouldBe(signal);
        request.ProcessIds.ShouldBe([id]);
    }

    private static (ProcessSignal? Signal, IReadOnlyList<int> ProcessIds, string? Error) Parse(string text, int[] running, string? pidFile = null)
    {
        SignalRequest? request = SignalRequest.Parse(text, path => path == "my.pid" ? pidFile : null, () => running, out string? error);
        return (request?.Signal, request?.ProcessIds ?? [], error);
    }
}
