using DotNats;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Server.Tests.Routing;

public sealed class BatchWorkTests
{
    [Fact]
    public async Task Work_is_done_once_at_the_end_of_the_batch_and_what_it_leaves_is_not_done_there()
    {
        await using var core = new ServerCore(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        DeliveryContext context = core.Contexts.Create();
        context.RunsWork = true;
        var work = new Work();
        context.TryDefer(work).ShouldBeTrue();
        work.Runs.ShouldBe(0);
        context.Flush();
        context.Flush();
        work.Runs.ShouldBe(1);
        work.CouldDefer.ShouldBeFalse();
        context.TryDefer(work).ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_finds_no_room_while_work_is_done_does_not_stall_the_batch()
    {
        await using var core = new ServerCore(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        DeliveryContext context = core.Contexts.Create();
        context.RunsWork = true;
        context.TryDefer(new Work { Stall = new NoStall() });
        context.Flush();
        context.StalledBy.ShouldBeNull();
    }

    [Fact]
    public async Task Contexts_of_a_pool_do_no_work_unless_they_are_told_to()
    {
        await using var core = new ServerCore(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        DeliveryContext context = core.Contexts.Rent();
        context.TryDefer(new Work()).ShouldBeFalse();
        context.RunsWork = true;
        core.Contexts.Return(context);
        core.Contexts.Rent().RunsWork.ShouldBeFalse();
    }

    private sealed class Work : IBatchWork
    {
        public int Runs { get; private set; }

        public bool CouldDefer { get; private set; }

        public IStallPoint? Stall { get; init; }

        public void Run(DeliveryContext context)
        {
            Runs++;
            CouldDefer = context.TryDefer(this);
            context.StalledBy = Stall;
        }
    }

    private sealed class NoStall : IStallPoint
    {
        public bool TryPause(IPausedProducer producer) => false;
    }
}
