using DotNats.Mqtt.Connections;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class OperationGateTests
{
    [Fact]
    public void Who_closes_ends_the_session_where_nothing_runs()
    {
        var gate = new OperationGate();
        gate.TryBegin().ShouldBeTrue();
        gate.IsRunning.ShouldBeTrue();
        gate.Leave().ShouldBeFalse();
        gate.Close().ShouldBeTrue();
        gate.TryBegin().ShouldBeFalse();
    }

    [Fact]
    public void Who_leaves_ends_it_where_it_was_closed_meanwhile()
    {
        var gate = new OperationGate();
        gate.TryBegin().ShouldBeTrue();
        gate.Close().ShouldBeFalse();
        gate.Leave().ShouldBeTrue();
        gate.IsRunning.ShouldBeFalse();
    }
}
